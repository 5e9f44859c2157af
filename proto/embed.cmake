# cmake -DINPUT=FILE -DOUTPUT=FILE.cc -P embed.cmake: FILE's bytes as um::config::Descriptors().
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT} "#include <string_view>
namespace um::config {
static const unsigned char bytes[] = {
${bytes}
};
std::string_view Descriptors() { return {reinterpret_cast<const char*>(bytes), sizeof bytes}; }
}  // namespace um::config
")
