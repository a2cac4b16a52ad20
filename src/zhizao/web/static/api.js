// @ts-check
/**
 * The API of the server, as the OpenAPI description has it.
 *
 * @typedef {"plant" | "log" | "columns" | "index" | "phase" | "equipment" | "recipe"} Kind
 * @typedef {{name: string, kind: Kind, size: number, modified: string}} FileInfo
 * @typedef {{id: string, title: string, cost: number | null}} Measure
 * @typedef {{name: string, currency: string, counts: Record<string, number>, measures: Measure[],
 *   warnings: {file: string, line: number, where: string, found: string, right: string}[]}} Plant
 * @typedef {{type?: string, format?: string, enum?: string[], default?: unknown, description?: string, minimum?: number,
 *   maximum?: number, exclusiveMinimum?: number, anyOf?: Schema[], items?: Schema}} Schema
 * @typedef {{role: string, kind: Kind, required: boolean, summary: string}} Input
 * @typedef {{name: string, summary: string, group: string, inputs: Input[],
 *   options: {properties: Record<string, Schema>, required?: string[]}}} Study
 * @typedef {"queued" | "running" | "done" | "failed" | "cancelled" | "interrupted"} Status
 * @typedef {{id: string, study: string, inputs: Record<string, string>, options: Record<string, unknown>,
 *   status: Status, progress: number, message: string, result: string | null, outputs: string[],
 *   created: string, ended: string | null}} Job
 * @typedef {{title: string, subtitle: string, facts: Record<string, string>,
 *   sections: {kind: string, title: string, html: string, libraries: string[]}[]}} Page
 */

/** An answer that is no success; its message says what would be right. */
export class Refused extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [request]
 * @returns {Promise<any>}
 */
export async function ask(path, request) {
  const answer = await fetch(path, request);
  if (answer.ok) return answer.json();
  const text = await answer.text();
  let said = text;
  try {
    const { detail } = JSON.parse(text);
    said = typeof detail === "string" ? detail : JSON.stringify(detail);
  } catch {
    // plain text already says it
  }
  throw new Refused(answer.status, said);
}

/** @returns {Promise<FileInfo[]>} */
export const files = () => ask("/api/files");

/** @param {string} name @returns {Promise<Plant>} */
export const plant = (name) => ask(`/api/files/${encodeURIComponent(name)}/plant`);

/** @param {File} file @param {boolean} replace @returns {Promise<FileInfo>} */
export const upload = (file, replace) =>
  ask(`/api/files/${encodeURIComponent(file.name)}?replace=${replace}`, { method: "PUT", body: file });

/** @returns {Promise<Study[]>} */
export const studies = () => ask("/api/studies");

/** @returns {Promise<Job[]>} */
export const jobs = () => ask("/api/jobs");

/**
 * @param {string} study
 * @param {Record<string, string>} inputs
 * @param {Record<string, unknown>} options
 * @returns {Promise<Job>}
 */
export const run = (study, inputs, options) =>
  ask("/api/jobs", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ study, inputs, options }),
  });

/**
 * @typedef {{lot: string, operation: string, unit: string, start: string}} Move
 * @typedef {{breaches: {kind: string, lot: string, operation: string, text: string}[],
 *   starts: (string | null)[], later: number, late: string[]}} Checked
 */

/** @param {string} path @param {string} result @param {Move[]} moves */
const askMoves = (path, result, moves) =>
  ask(`/api/plans/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ result, moves }),
  });

/** @param {string} result @param {Move[]} moves @returns {Promise<Checked>} */
export const checkMoves = (result, moves) => askMoves("check", result, moves);

/** @param {string} result @param {Move[]} moves @returns {Promise<Job>} */
export const repairPlan = (result, moves) => askMoves("repair", result, moves);

/** @param {string} id @returns {Promise<Job>} */
export const cancel = (id) => ask(`/api/jobs/${id}`, { method: "DELETE" });

/** @param {string} key @param {string} language @returns {Promise<Page>} */
export const page = (key, language) => ask(`/api/results/${key}/page?language=${language}`);

/** The trace of a result of `watch`. @param {string} key @returns {Promise<ArrayBuffer>} */
export async function trace(key) {
  const answer = await fetch(`/api/results/${key}/trace`);
  if (!answer.ok) throw new Refused(answer.status, await answer.text());
  return answer.arrayBuffer();
}

/** @param {string} name @param {Record<string, [number, number]>} places in m @returns {Promise<FileInfo>} */
export const savePlaces = (name, places) =>
  ask(`/api/files/${encodeURIComponent(name)}/places`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ places }),
  });
