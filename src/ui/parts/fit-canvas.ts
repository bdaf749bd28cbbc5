// A canvas with a pixel of its own for each of the screen.

/** Sharp on any screen; does nothing when the size is right already. */
export function fitCanvas(canvas: HTMLCanvasElement, widthPx: number, heightPx: number): void {
  const ratio = devicePixelRatio || 1;
  const width = Math.round(widthPx * ratio);
  const height = Math.round(heightPx * ratio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  canvas.style.height = `${heightPx}px`;
}
