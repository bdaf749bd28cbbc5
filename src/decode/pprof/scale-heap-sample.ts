// From what the sampler saw to an estimate of what was there: an object of S bytes is sampled with probability
// 1-exp(-S/rate), so every record is divided by that. Source: runtime/pprof/protomem.go scaleHeapSample; whole numbers
// are cut, not rounded, as Go does.

/** Scaled [objects, bytes]; unchanged where every allocation was recorded (rate 1) or the rate is unknown (0). */
export function scaleHeapSample(objects: number, bytes: number, rateBytes: number): readonly [number, number] {
  if (objects === 0 || bytes === 0) return [0, 0];
  if (rateBytes <= 1) return [objects, bytes];
  const scale = 1 / (1 - Math.exp(-(bytes / objects) / rateBytes));
  return [Math.trunc(objects * scale), Math.trunc(bytes * scale)];
}
