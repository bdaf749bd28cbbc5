// Sizes that the allocator rounds up to. Source: runtime/sizeclasses.go, the same from Go 1.16 to 1.27.

// biome-ignore format: a table
const sizes = Float64Array.of(
  0, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448, 480,
  512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200, 3456, 4096, 4864,
  5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760,
  24576, 27264, 28672, 32768,
);

/** The next smaller size: an object in a slot of `bytes` was asked for with more than this. */
export function sizeClassBelow(bytes: number): number {
  let low = 0;
  let high = sizes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sizes[middle]! < bytes) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : sizes[low - 1]!;
}
