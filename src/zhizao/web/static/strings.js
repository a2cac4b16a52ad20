// @ts-check
/** All words of the page, in both languages. Texts of reports come from the server, in English. */

/** @type {Record<string, [en: string, zh: string]>} */
const TABLE = {
  skip: ["Skip to the content", "跳到正文"],
  claim: ["From a log to a decision", "从日志到决策"],
  language: ["中文", "English"],
  theme_to_dark: ["Dark", "深色"],
  theme_to_light: ["Light", "浅色"],
  files: ["Files", "文件"],
  upload: ["Drop a log or a plant file here, or choose one", "将日志或工厂文件拖到这里，或点击选择"],
  uploaded: ["Uploaded:", "已上传："],
  replace: ["The folder has this file already. Replace it?", "文件夹中已有同名文件。要替换吗？"],
  no_files: ["No files yet.", "还没有文件。"],
  jobs: ["Jobs", "任务"],
  no_jobs: ["Nothing has been run yet.", "还没有运行过任务。"],
  kind_plant: ["plant", "工厂"],
  kind_log: ["log", "日志"],
  download: ["Download", "下载"],
  report: ["Report (HTML)", "报告 (HTML)"],
  json: ["Result (JSON)", "结果 (JSON)"],
  cancel: ["Cancel", "取消"],
  cancelling: ["Cancelling …", "正在取消 …"],
  show: ["Show", "查看"],
  run: ["Run", "运行"],
  more: ["More options", "更多选项"],
  none: ["none", "无"],
  choose: ["choose …", "请选择 …"],
  by_default: ["default", "默认"],
  yes: ["yes", "是"],
  no: ["no", "否"],
  no_measures: ["The plant file names no measures: choose another plant.", "工厂文件没有改进措施：请选择另一个工厂。"],
  wrote: ["Files written:", "已写入文件："],
  made: ["How this was made", "结果由来"],
  loading: ["Loading …", "正在加载 …"],
  warnings: ["Doubtful places in the file", "文件中的可疑之处"],
  lost: ["The server does not answer. Is `zhizao serve` still running?", "服务器没有响应。`zhizao serve` 还在运行吗？"],
  welcome: ["Where does AI pay in your factory?", "AI 在您的工厂里哪里最值？"],
  step_1: ["Upload an event log of your factory, or a plant file.", "上传工厂的事件日志或工厂文件。"],
  step_2: ["Choose the log and learn a plant from it: its digital twin.", "选择日志，从中学习工厂模型，即数字孪生。"],
  step_3: ["Validate the twin against the log, and simulate it.", "用日志验证数字孪生，再做仿真。"],
  step_4: ["Compare changes, and find the measures that pay.", "比较各种改变，找出值得做的措施。"],
  queued: ["waiting", "排队中"],
  running: ["running", "运行中"],
  done: ["done", "完成"],
  failed: ["failed", "失败"],
  cancelled: ["cancelled", "已取消"],
  interrupted: ["interrupted", "已中断"],
  learn: ["Learn a plant", "学习工厂模型"],
  validate: ["Validate", "验证"],
  simulate: ["Simulate", "仿真"],
  compare: ["Compare", "比较"],
  improve: ["Improve", "改进"],
  schedule: ["Schedule", "排产"],
  about_learn: ["Learn a plant from an event log.", "从事件日志学习工厂模型。"],
  about_validate: ["Validate a plant against an event log.", "用事件日志验证工厂模型。"],
  about_simulate: ["Simulate a plant: KPIs with confidence intervals.", "仿真工厂：关键指标及其置信区间。"],
  about_compare: ["Compare a plant with its measures, or with another plant.", "将工厂与改进措施或另一个工厂比较。"],
  about_improve: ["Find the measures that pay, ranked and proved.", "找出值得做的措施，排序并验证。"],
  about_schedule: ["Schedule orders, and explain why some are late.", "为订单排产，并说明延误原因。"],
  role_plant: ["Plant", "工厂"],
  role_other: ["Plant after the change", "改变后的工厂"],
  role_log: ["Event log", "事件日志"],
  role_past: ["Earlier log", "更早的日志"],
  role_orders: ["Orders", "订单表"],
  work_centers: ["work centers", "工作中心"],
  units: ["units", "设备"],
  routes: ["routes", "工艺路线"],
  products: ["products", "产品"],
  orders: ["orders or streams", "订单或需求流"],
  measures_count: ["measures", "措施"],
  option_name: ["Name of the plant", "工厂名称"],
  option_seed: ["Seed", "随机种子"],
  option_replications: ["Replications", "重复次数"],
  option_releases: ["Releases", "投料"],
  option_days: ["Days", "天数"],
  option_uncertainty: ["Parameter samples", "参数抽样数"],
  option_measures: ["Measures", "措施"],
  option_relevance: ["Relevant from", "相关阈值"],
  option_interest: ["Annual interest", "年利率"],
  option_years: ["Service life, years", "使用年限"],
  option_goal: ["Goal", "目标"],
  option_budget: ["Budget", "预算"],
  option_at_most: ["Most measures", "措施数上限"],
  option_seconds: ["Time limit, s", "时限(秒)"],
  option_library: ["Library of measures", "措施库"],
  option_objective: ["Objective", "目标函数"],
  "value_own": ["own orders", "自身订单"],
  "value_log": ["as in the log", "与日志相同"],
  "value_profit": ["profit", "利润"],
  "value_throughput": ["throughput", "产量"],
  "value_unit-cost": ["unit cost", "单位成本"],
  "value_unit-energy": ["unit energy", "单位能耗"],
  "value_lead-time": ["lead time", "交付周期"],
  "value_defects": ["defects", "不良率"],
  "value_on-time": ["on time", "准时率"],
  "value_makespan": ["makespan", "总完工时间"],
  "value_tardiness": ["tardiness", "拖期"],
  "value_flow-time": ["flow time", "流程时间"],
};

/** What an option means, in Chinese; in English the server says it. @type {Record<string, string>} */
const HELP = {
  name: "默认为日志文件名。",
  seed: "种子相同，结果完全相同。",
  replications: "独立仿真的次数。",
  releases: "孪生中的投料：按自身订单，或与日志相同。",
  days: "预热之后的统计时长，单位为天。",
  uncertainty: "对参数重新抽样的次数；默认只含仿真噪声。",
  measures: "工厂文件中的措施。",
  relevance: "至少多大的相对变化才算变好或变差。",
  interest: "净现值所用的年利率(假设)。",
  years: "净现值所用的使用年限(假设)。",
  goal: "要改善什么；已知价格时默认为利润，否则为产量。",
  budget: "一次性投资上限，以工厂的货币计。",
  at_most: "同时采取的措施数上限。",
  seconds: "以秒为单位的时限。",
  library: "是否也搜索措施库；工厂没有自己的措施时默认搜索。",
  objective: "要最小化的目标；订单有交期时默认为拖期。",
};

let place = (localStorage.getItem("zhizao-language") ?? navigator.language).startsWith("zh") ? 1 : 0;

/** @returns {"en" | "zh"} */
export const language = () => (place === 1 ? "zh" : "en");

export function switchLanguage() {
  place = 1 - place;
  localStorage.setItem("zhizao-language", language());
}

/** A text by its key; a key that the table lacks is shown as words. @param {string} key */
export function t(key) {
  return TABLE[key]?.[place] ?? key.replace(/^(option|role|value)_/, "").replaceAll("_", " ");
}

/** @param {string} option @param {string} [english] */
export const help = (option, english = "") => (place === 1 ? (HELP[option] ?? english) : english);
