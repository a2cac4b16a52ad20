// @ts-check
/** Mouse, pen and fingers on the canvas: pan, pinch, wheel, drag of a box, click. */

const STILL = 4; // CSS pixels that a click may move

/**
 * @typedef {{grab: (x: number, y: number) => boolean, drag: (x: number, y: number) => void, drop: () => void,
 *   pan: (dx: number, dy: number) => void, zoom: (factor: number, x: number, y: number) => void,
 *   click: (x: number, y: number) => void, hover: (x: number, y: number) => void, leave: () => void}} Hand
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Hand} hand all points in CSS pixels of the canvas
 */
export function listen(canvas, hand) {
  /** @type {Map<number, {x: number, y: number}>} */
  const down = new Map();
  let moved = false;
  let grabbed = false;
  let start = { x: 0, y: 0 };

  /** @param {PointerEvent | WheelEvent} event */
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    start = at(event);
    down.set(event.pointerId, start);
    moved = down.size > 1;
    grabbed = down.size === 1 && hand.grab(start.x, start.y);
  });
  canvas.addEventListener("pointermove", (event) => {
    const now = at(event);
    const before = down.get(event.pointerId);
    if (!before) return hand.hover(now.x, now.y);
    moved ||= Math.hypot(now.x - start.x, now.y - start.y) > STILL;
    if (down.size === 2) pinch(event.pointerId, before, now);
    else if (moved && grabbed) hand.drag(now.x, now.y);
    else if (moved) hand.pan(now.x - before.x, now.y - before.y);
    if (moved) down.set(event.pointerId, now);
  });

  /** @param {number} id @param {{x: number, y: number}} before @param {{x: number, y: number}} now */
  function pinch(id, before, now) {
    const other = [...down].find(([one]) => one !== id)?.[1];
    if (!other) return;
    const [was, is] = [before, now].map((point) => Math.hypot(point.x - other.x, point.y - other.y));
    hand.zoom(is / Math.max(was, 1), (now.x + other.x) / 2, (now.y + other.y) / 2);
    hand.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  }

  /** @param {PointerEvent} event */
  function up(event) {
    if (!down.delete(event.pointerId)) return;
    if (grabbed && moved) hand.drop();
    else if (!moved && event.type === "pointerup") hand.click(start.x, start.y);
    grabbed = false;
  }
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", () => hand.leave());
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { x, y } = at(event);
      hand.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), x, y);
    },
    { passive: false },
  );
}
