// @ts-check
/** What part of the floor is seen. */

const LEAST = 0.02;
const MOST = 6;

export class Camera {
  zoom = 1;
  /** Point of the floor in the middle of the canvas. */
  x = 0;
  y = 0;
  /** Size of the canvas in CSS pixels. */
  width = 1;
  height = 1;

  /** @param {[number, number, number, number]} bounds */
  fit([left, top, right, bottom]) {
    this.zoom = clamp(Math.min(this.width / (right - left + 40), this.height / (bottom - top + 40)), LEAST, 1.6);
    this.x = (left + right) / 2;
    this.y = (top + bottom) / 2;
  }

  /** Zoom, with the point under `x`, `y` (CSS pixels) kept. @param {number} factor @param {number} x @param {number} y */
  zoomAt(factor, x = this.width / 2, y = this.height / 2) {
    const [before, above] = this.floor(x, y);
    this.zoom = clamp(this.zoom * factor, LEAST, MOST);
    const [after, below] = this.floor(x, y);
    this.x += before - after;
    this.y += above - below;
  }

  /** @param {number} dx @param {number} dy CSS pixels */
  pan(dx, dy) {
    this.x -= dx / this.zoom;
    this.y -= dy / this.zoom;
  }

  /** Point of the floor. @param {number} x @param {number} y CSS pixels @returns {[number, number]} */
  floor(x, y) {
    return [(x - this.width / 2) / this.zoom + this.x, (y - this.height / 2) / this.zoom + this.y];
  }

  /** @param {CanvasRenderingContext2D} context @param {number} ratio */
  apply(context, ratio) {
    const scale = this.zoom * ratio;
    context.setTransform(scale, 0, 0, scale, (this.width / 2 - this.x * this.zoom) * ratio, (this.height / 2 - this.y * this.zoom) * ratio);
  }
}

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
