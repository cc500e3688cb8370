// SPDX-License-Identifier: MIT
// A member deep inside a parameter: the error names it, its type, and the parameter of the job.
// expect: tile::pixels.; Member = int\*|object\.pixels, int \*>
// expect: Function = resize|invoker_of<&resize
// expect: Parameter = .image|parameter_list<image>
#include <tridem/pool/process_pool.hpp>

#include <utility>
#include <vector>

struct tile {
  int width;
  int* pixels;
};
struct image {
  int number;
  std::vector<tile> tiles;
};
int resize(image picture) {
  return picture.number;
}

tridem::task<int> wrong(tridem::process_pool& pool) {
  image picture;
  co_return co_await pool.submit<&resize>(std::move(picture));
}
