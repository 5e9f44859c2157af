# cmake -DINPUT=FILE -DOUTPUT=FILE.cc -P embed.cmake: FILE's bytes as um::config::kDescriptors.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT} "namespace um::config {
extern const unsigned char kDescriptors[];
extern const unsigned long kDescriptorsSize;
const unsigned char kDescriptors[] = {
${bytes}
};
const unsigned long kDescriptorsSize = sizeof kDescriptors;
}  // namespace um::config
")
