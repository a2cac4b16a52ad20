// @ts-check
/** Files of the folder: the list, and uploads. */
import * as api from "./api.js";
import { byId, h, size } from "./elements.js";
import { t } from "./strings.js";

/** @typedef {import("./api.js").FileInfo} FileInfo */

/**
 * @param {FileInfo[]} files
 * @param {string | null} chosen
 * @param {(name: string) => void} choose
 */
export function showFiles(files, chosen, choose) {
  const focused = document.activeElement?.getAttribute("data-file");
  const items = files.map((file) =>
    h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: "file",
          "data-file": file.name,
          "aria-current": file.name === chosen ? "true" : null,
          onclick: () => choose(file.name),
        },
        h("span", { class: "name" }, file.name),
        h("span", { class: "facts" }, h("span", { class: `tag ${file.kind}` }, t(`kind_${file.kind}`)), size(file.size)),
      ),
    ),
  );
  byId("files").replaceChildren(...(items.length ? items : [h("li", { class: "empty" }, t("no_files"))]));
  if (focused) byId("files").querySelector(`[data-file="${CSS.escape(focused)}"]`)?.focus();
}

/**
 * Take files that are dropped or chosen.
 *
 * @param {(name: string) => void} taken
 * @param {(problem: unknown) => void} failed
 */
export function takeUploads(taken, failed) {
  const drop = byId("drop");
  /** @param {FileList | null | undefined} list */
  const takeAll = async (list) => {
    for (const file of list ?? []) {
      try {
        if (await takeOne(file)) taken(file.name);
      } catch (problem) {
        failed(problem);
      }
    }
  };
  byId("upload").addEventListener("change", async (/** @type {any} */ event) => {
    await takeAll(event.target.files);
    event.target.value = "";
  });
  for (const kind of ["dragover", "dragenter"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    takeAll(event.dataTransfer?.files);
  });
}

/** @param {File} file */
async function takeOne(file) {
  try {
    await api.upload(file, false);
  } catch (problem) {
    const taken = problem instanceof api.Refused && problem.status === 409;
    if (!taken) throw problem;
    if (!confirm(`${file.name}: ${t("replace")}`)) return false;
    await api.upload(file, true);
  }
  return true;
}
