// @ts-check
/** Draws the charts of a report: each stands in its page as data, and is drawn by the module of its kind. */

/**
 * What draws a chart of a kind into an empty element.
 *
 * @typedef {(host: HTMLElement, data: any) => unknown} Draw
 */

/**
 * @param {Document | ShadowRoot} root
 * @param {(kind: string) => Draw | Promise<Draw>} drawOf
 */
export async function mount(root, drawOf) {
  const found = [...root.querySelectorAll(".widget[data-kind]")];
  await Promise.all(
    found.map(async (widget) => {
      const draw = await drawOf(/** @type {HTMLElement} */ (widget).dataset.kind ?? "");
      const data = JSON.parse(widget.querySelector('script[type="application/json"]')?.textContent ?? "null");
      const host = document.createElement("div");
      widget.replaceChildren(host);
      draw(host, data);
    }),
  );
}
