// @ts-check
/** The list of jobs: status, progress, cancel, show. */
import { byId, h } from "./elements.js";
import { language, t } from "./strings.js";

/** @typedef {import("./api.js").Job} Job */

/** @param {Job} job */
export const isActive = (job) => job.status === "queued" || job.status === "running";

/** Jobs that were asked to end. @type {Set<string>} */
const cancelling = new Set();

/**
 * @param {Job[]} jobs
 * @param {string | null} shown
 * @param {(job: Job) => void} show
 * @param {(job: Job) => void} cancel
 */
export function showJobs(jobs, shown, show, cancel) {
  const focused = document.activeElement?.getAttribute("data-act");
  const items = jobs.map((job) => item(job, shown === job.id, show, cancel));
  byId("jobs").replaceChildren(...(items.length ? items : [h("li", { class: "empty" }, t("no_jobs"))]));
  if (focused) byId("jobs").querySelector(`[data-act="${CSS.escape(focused)}"]`)?.focus();
}

/**
 * @param {Job} job
 * @param {boolean} isShown
 * @param {(job: Job) => void} show
 * @param {(job: Job) => void} cancel
 */
function item(job, isShown, show, cancel) {
  const name = `${t(job.study)}: ${Object.values(job.inputs).join(", ")}`;
  const percent = Math.round(100 * job.progress);
  const when = new Date(job.created).toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit" });
  const status = job.status === "running" ? `${t("running")} ${percent} %` : t(job.status);
  return h(
    "li",
    { class: `job ${job.status}`, "data-job": job.id, "aria-current": isShown ? "true" : null },
    h("span", { class: "name" }, name),
    h("span", { class: "facts" }, h("span", { class: "status" }, status), when),
    isActive(job) ? h("progress", { max: 100, value: job.status === "running" ? percent : 0, "aria-label": name }) : null,
    job.message ? h("span", { class: "message" }, job.message) : null,
    h("span", { class: "acts" }, act(job, name, show, cancel)),
  );
}

/**
 * @param {Job} job
 * @param {string} name
 * @param {(job: Job) => void} show
 * @param {(job: Job) => void} cancel
 */
function act(job, name, show, cancel) {
  if (isActive(job)) {
    const asked = cancelling.has(job.id);
    const onclick = () => {
      cancelling.add(job.id);
      cancel(job);
    };
    const label = t(asked ? "cancelling" : "cancel");
    return h(
      "button",
      { type: "button", disabled: asked, "data-act": job.id, "aria-label": `${label}: ${name}`, onclick },
      label,
    );
  }
  if (!job.result) return null;
  const onclick = () => show(job);
  return h("button", { type: "button", "data-act": job.id, "aria-label": `${t("show")}: ${name}`, onclick }, t("show"));
}
