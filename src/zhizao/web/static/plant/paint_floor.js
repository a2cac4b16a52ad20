// @ts-check
/** What stands: ways, belts, boxes and names. Drawn when the view changes, not for every frame. */
import { CELL } from "./layout.js";
import { Routes, paintZones } from "./routes.js";

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./layout.js").Layout} layout
 * @param {import("./palette.js").Palette} colours
 * @param {number} zoom
 */
export function paintFloor(context, layout, colours, zoom) {
  paintZones(context, layout, colours);
  paintWays(context, layout, colours);
  paintBelts(context, layout, colours);
  for (const [name, [x, y]] of layout.locations) paintLocation(context, name, x, y, colours);
  const names = zoom > 0.28; // smaller, nobody can read them
  layout.boxes.forEach((box, n) => {
    if (!box) return;
    context.fillStyle = colours.card;
    context.strokeStyle = colours.control;
    context.lineWidth = 1;
    context.beginPath();
    context.roundRect(box.x - box.w / 2, box.y - box.h / 2, box.w, box.h, 6);
    context.fill();
    context.stroke();
    if (names) paintName(context, layout, n, colours);
  });
}

/** @param {CanvasRenderingContext2D} context @param {import("./layout.js").Layout} layout @param {import("./palette.js").Palette} colours */
function paintWays(context, layout, colours) {
  const { edges } = layout.trace.header;
  const most = Math.max(...edges.map((edge) => edge[2]), 1);
  const routes = new Routes(layout);
  context.strokeStyle = colours.rule;
  context.lineCap = "round";
  for (const [from, to, count] of edges) {
    const [a, b] = [layout.boxes[from], layout.boxes[to]];
    if (!a || !b || routes.has(from, to)) continue;
    context.lineWidth = 1 + 5 * Math.sqrt(count / most);
    context.beginPath();
    context.moveTo(a.x, a.y);
    context.lineTo(b.x, b.y);
    context.stroke();
  }
}

/** @param {CanvasRenderingContext2D} context @param {import("./layout.js").Layout} layout @param {import("./palette.js").Palette} colours */
function paintBelts(context, layout, colours) {
  for (const place of layout.trace.places) {
    const ends = place.ends?.map((id) => layout.boxes[layout.trace.placeOf.get(id) ?? -1]);
    if (!ends?.[0] || !ends[1]) continue;
    for (const [width, colour] of /** @type {[number, string][]} */ ([[16, colours.control], [14, colours.off]])) {
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.lineCap = "butt";
      context.beginPath();
      context.moveTo(ends[0].x, ends[0].y);
      context.lineTo(ends[1].x, ends[1].y);
      context.stroke();
    }
  }
}

/** @param {CanvasRenderingContext2D} context @param {string} name @param {number} x @param {number} y @param {import("./palette.js").Palette} colours */
function paintLocation(context, name, x, y, colours) {
  context.strokeStyle = colours.control;
  context.lineWidth = 1;
  context.setLineDash([4, 3]);
  context.strokeRect(x - CELL / 2, y - CELL / 2, CELL, CELL);
  context.setLineDash([]);
  context.fillStyle = colours.soft;
  context.font = `11px ${colours.font}`;
  context.textAlign = "center";
  context.fillText(name, x, y + CELL / 2 + 13);
}

/** @param {CanvasRenderingContext2D} context @param {import("./layout.js").Layout} layout @param {number} n @param {import("./palette.js").Palette} colours */
function paintName(context, layout, n, colours) {
  const box = /** @type {import("./layout.js").Box} */ (layout.boxes[n]);
  context.fillStyle = colours.ink;
  context.font = `600 12px ${colours.font}`;
  context.textAlign = "left";
  const room = box.w - 12;
  let name = layout.trace.places[n].id;
  if (context.measureText(name).width > room) {
    while (name.length > 1 && context.measureText(`${name}…`).width > room) name = name.slice(0, -1);
    name += "…";
  }
  context.fillText(name, box.x - box.w / 2 + 7, box.y - box.h / 2 + 15);
}
