// @ts-check
/** The words of the chart in both languages. */
import { language } from "../language.js";

/** @type {Record<string, [en: string, zh: string]>} */
const TABLE = {
  chart: ["Gantt chart", "甘特图"],
  keys: [
    "Plus and minus zoom, arrows pan, 0 shows all, Shift and arrows choose an operation, Enter highlights its order.",
    "加减键缩放，方向键平移，0 显示全部，Shift 加方向键选择工序，回车突出显示其订单。",
  ],
  hint: ["Drag to pan. Click, then the wheel zooms (or Ctrl and wheel).", "拖动可平移。点击后滚轮缩放（或 Ctrl 加滚轮）。"],
  rows: ["Rows", "分行"],
  colours: ["Colours", "颜色"],
  by_unit: ["unit", "设备"],
  by_order: ["order", "订单"],
  by_worker: ["worker", "人员"],
  by_product: ["product", "产品"],
  by_lateness: ["lateness", "延误"],
  by_setup: ["set-up", "换型"],
  zoom_in: ["Zoom in", "放大"],
  zoom_out: ["Zoom out", "缩小"],
  fit: ["Show all", "显示全部"],
  late: ["late", "延误"],
  in_time: ["in time", "按时"],
  no_due: ["no due date", "无交期"],
  no_product: ["no product", "无产品"],
  more: ["more", "其他"],
  off: ["closed", "停班"],
  frozen: ["frozen", "冻结"],
  unit: ["unit", "设备"],
  lot: ["lot", "批次"],
  order: ["order", "订单"],
  product: ["product", "产品"],
  operation: ["operation", "工序"],
  worker: ["worker", "人员"],
  start: ["start", "开始"],
  end: ["end", "结束"],
  due: ["due", "交期"],
  slack: ["slack", "余量"],
  unknown: ["unknown", "未知"],
  left_out: ["have none and are not shown", "项没有此信息，未显示"],
  process: ["work", "加工"],
  setup: ["set-up", "换型"],
  transport: ["transport", "运输"],
  inspect: ["inspection", "检验"],
  failure: ["failure", "故障"],
  maintenance: ["maintenance", "维护"],
};

/** @param {string} key @returns {string} the word, or the key itself where it is a name of the plant's own */
export function word(key) {
  const found = TABLE[key];
  return found ? found[language() === "zh" ? 1 : 0] : key;
}
