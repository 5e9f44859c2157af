// um_reference FOLDER: writes the reference pages.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "common/config/reference.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: um_reference FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder(argv[1]);
  for (const auto& page : um::config::ReferencePages()) {
    std::ofstream file(folder / page.file, std::ios::binary);
    if (!(file << page.markdown).flush()) {
      std::fprintf(stderr, "%s: cannot be written\n", (folder / page.file).c_str());
      return 1;
    }
  }
  return 0;
}
