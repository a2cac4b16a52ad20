"""Names of columns and words of cells that exports have in common, in English, German and Chinese.

Besides everyday names: the fields of SAP's confirmations (AFRU: AUFNR, VORNR, ARBPL, ISDD and ISDZ, IEDD and
IEDZ, LMNGA, XMNGA, RMNGA), the keys of XES (IEEE 1849) and the columns of `zhizao.records.EVENTS`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NAMES: dict[str, tuple[str, ...]] = {
    "lot": _names("""
        lot lot_id lot_number lot_no case_id case case:concept:name los losnummer los_nr lot号 批次 批次号
        批次编号 批次代码 批号 生产批次 生产批次号 生产批号 产品批次 产品批号 制造批号 流转卡号 流程卡号
        流转单号 随工单号 随工单 batch_id job job_id work_order work_order_number work_order_no wo wo_no
        production_order manufacturing_order mo_no shop_order shop_floor_order traveler traveller run_card
        wip_id serial_number order order_id order_no fertigungsauftrag fertigungsauftragsnummer
        fertigungsauftrags_nr fa fa_nr fauf betriebsauftrag betriebsauftragsnummer betriebsauftrags_nr ba_nr
        produktionsauftrag produktionsauftragsnummer werkauftrag werksauftrag arbeitsauftrag werkstattauftrag
        auftrag auftragsnummer auftragsnr auftrag_nr aufnr charge chargennummer chargen_nr serialnr 工单
        工单号 工单编号 生产工单 生产工单号 生产订单 生产订单号 制令单号 制造单号 生产任务单 生产任务单号
        任务单号 任务单 加工单号 派工单号 订单 订单号 序列号 batch_number batch_no batch
    """),
    "operation": _names("""
        operation operation_name operation_id operation_description step process_step concept:name task
        activity activity_name process route_step routing_step vorgangsbezeichnung vorgang_kurztext
        vorgangskurztext vorgangstext ltxa1 avo_text avo_bezeichnung avo_kurztext arbeitsgangbezeichnung
        arbeitsgang_text ag_text ag_bezeichnung vorgang vorgangsnummer vornr arbeitsvorgang
        arbeitsvorgangsnummer arbeitsvorgangs_nr avo avo_nr avo_nummer afo afo_nr arbeitsgang
        arbeitsgangnummer arbeitsgang_nr ag ag_nr arbeitsschritt arbeitsfolge prozessschritt
        fertigungsschritt taetigkeit aktivitaet 工序 工序名称 工序名 生产工序 加工工序 工序号 工序编号
        工序代码 工步 工步名称 作业 作业名称 工艺 工艺名称 工艺步骤 制程 制程名称 站别 站点
        op op_no op_nr op_code
    """),
    "work_center": _names("""
        work_center work_center_id workcenter work_centre arbeitsplatz arbeitsplatzgruppe arbpl
        maschinengruppe 工作中心 设备组 cost_center cost_centre kostenstelle kostenstellennummer
        kostenstellen_nr kst kst_nr kostl 成本中心 machine machine_id machine_name machine_no equipment
        equipment_id eqp eqp_id tool tool_id resource org:resource station workstation unit line maschine
        maschinennummer maschinen_nr maschinennr maschinenname anlage anlagennummer anlagen_nr ressource
        betriebsmittel equipmentnr kapazitaet kostenstelle_maschine arbeitsstation 设备 设备号 设备编号
        设备名称 设备代码 生产设备 加工设备 机台 机台号 机台编号 机台名称 机器 机器编号 机床 机床编号 工位
        工位号 工站 产线 线体
    """),
    "unit": _names("""
        unit work_unit machine machine_id equipment equipment_id maschine maschinennummer maschinen_nr
        anlage 设备 设备号 设备编号 机台 机台号 机台编号
    """),
    "start": _names("""
        start start_timestamp start_datetime start_date_time start_time actual_start started started_at
        begin begin_time time_in track_in trackin trackin_time check_in clock_in start_date startzeitpunkt
        startzeit beginn beginnzeit beginn_zeit arbeitsbeginn iststart ist_start istbeginn ist_beginn
        anfang von anmeldung angemeldet startdatum beginndatum isdd 开始时间 开工时间 实际开始时间
        实际开工时间 加工开始时间 进站时间 上机时间 开始 开始日期 起始时间
    """),
    "end": _names("""
        end end_timestamp end_datetime end_date_time end_time actual_end actual_finish complete
        complete_timestamp completed completed_at completion_time finished finished_at finish finish_time
        stop stop_time time_out track_out trackout trackout_time check_out clock_out end_date endzeitpunkt
        endzeit ende endezeit ende_zeit arbeitsende istende ist_ende fertig fertigmeldung bis abmeldung
        abgemeldet rueckmeldung rueckmeldezeitpunkt enddatum endedatum iedd 结束时间 完工时间 完成时间
        实际结束时间 实际完工时间 实际完成时间 加工结束时间 出站时间 下机时间 报工时间 结束 结束日期
        完工日期 time:timestamp timestamp time_stamp event_time datetime date_time time zeitstempel
        zeitpunkt buchungszeitpunkt buchungsdatum datum date budat 时间戳 时间 日期 发生时间
    """),
    "start_clock": _names("""
        start_clock start_time start_time_of_day begin_time startzeit startuhrzeit start_uhrzeit
        uhrzeit_start beginnzeit beginn_zeit beginn_uhrzeit uhrzeit_beginn iststart_uhrzeit iststart_zeit
        isdz 开始时间 开工时间 开始时刻 start begin beginn von anfang
    """),
    "end_clock": _names("""
        end_clock end_time end_time_of_day finish_time endzeit enduhrzeit ende_uhrzeit uhrzeit_ende
        ende_zeit endezeit istende_uhrzeit istende_zeit iedz 结束时间 完工时间 结束时刻 end finish ende
        bis uhrzeit zeit time 时间 时刻
    """),
    "duration": _names("""
        duration span elapsed elapsed_time processing_time dauer istdauer istzeit laufzeit
        bearbeitungszeit 时长 耗时 加工时长 加工时间 工时 实际工时
    """),
    "lifecycle": _names("""
        lifecycle:transition lifecycle transition lifecycle_transition
    """),
    "instance": _names("""
        concept:instance activity_instance activity_instance_id instance_id
    """),
    "order": _names("""
        order order_id order_no job_order sales_order customer_order kundenauftrag kundenauftragsnummer
        kdauf auftrag auftragsnummer auftragsnr auftrag_nr aufnr work_order work_order_number work_order_no
        wo wo_no production_order manufacturing_order mo_no shop_order shop_floor_order fertigungsauftrag
        fertigungsauftragsnummer fertigungsauftrags_nr fa fa_nr fauf betriebsauftrag betriebsauftragsnummer
        betriebsauftrags_nr ba_nr produktionsauftrag produktionsauftragsnummer werkauftrag werksauftrag
        arbeitsauftrag werkstattauftrag 订单 订单号 销售订单 销售订单号 客户订单 工单 工单号 工单编号 生产工单
        生产工单号 生产订单 生产订单号 制令单号 制造单号 生产任务单 生产任务单号 任务单号 任务单 派工单号
    """),
    "product": _names("""
        product product_id product_name part part_no part_number part_desc item item_no material
        material_no sku article produkt artikel artikelnummer artikel_nr artikelnr materialnummer matnr
        sachnummer teil teilenummer teile_nr erzeugnis 产品 产品名称 产品编号 产品型号 品名 品号 料号 物料
        物料号 物料编码 物料编号 零件号 型号
    """),
    "pieces": _names("""
        order_qty work_order_qty lot_size lot_qty planned_qty target_qty quantity qty pieces auftragsmenge
        losgroesse sollmenge planmenge gamng menge stueckzahl stueck 批量 工单数量 计划数 计划数量
        生产数量 投产数 投产数量 投入数量 数量
    """),
    "pieces_in": _names("""
        pieces_in qty_in input_qty eingangsmenge 投入数 进站数量 进站数
    """),
    "pieces_good": _names("""
        pieces_good good qty_good good_qty qty_completed completed_qty yield yield_qty output_qty gutmenge
        gut gutteile gutstueck io_menge io_teile ertrag lmnga rueckgemeldete_menge 合格数 合格数量
        合格品数 良品 良品数 良品数量 完工数 完工数量 完成数 完成数量 报工数量 产出数
    """),
    "pieces_scrap": _names("""
        pieces_scrap scrap qty_scrap scrap_qty qty_rejected rejected reject rejects ausschuss
        ausschussmenge ausschussteile schlechtmenge schlechtteile nio_menge nio_teile xmnga 报废 报废数
        报废数量 不良数 不良数量 不良品数 废品数 不合格数 不合格数量
    """),
    "pieces_rework": _names("""
        pieces_rework rework qty_rework rework_qty nacharbeit nacharbeitsmenge rmnga 返工 返工数 返工数量
        返修数 返修数量
    """),
    "activity": _names("""
        activity report_type activity_type event_type row_type event record_type meldungsart meldeart
        rueckmeldeart satzart buchungsart vorgangsart zeitart ereignis meldung buchung 报工类型 作业类型
        记录类型 事件类型 事件 动作
    """),
    "personnel": _names("""
        personnel worker worker_id operator operator_id employee employee_id user user_id person staff
        mitarbeiter mitarbeiternummer mitarbeiter_nr personalnummer personal_nr pernr bediener werker
        personal benutzer 操作员 操作工 操作人 操作人员 工人 员工 员工编号 员工姓名 作业员 作业人员 人员
        报工人 工号
    """),
    "batch": _names("""
        batch batch_no charge ofenfahrt 炉次 炉号
    """),
    "due": _names("""
        due due_date due_time delivery_date promised_date liefertermin lieferdatum endtermin solltermin
        faelligkeit faellig 交期 交货日期 交货期 计划完工时间 要求完工日期
    """),
}
"""Names in common use, best first."""

COST_CENTERS = _names(
    "cost_center cost_centre kostenstelle kostenstellennummer kostenstellen_nr kst kst_nr kostl 成本中心"
)
"""Work centers as accounting has them: a machine beside one is a unit of it."""

GROUPS = _names("""
    line department dept area hall shop workshop section cell plant building linie fertigungslinie abteilung
    bereich halle werk werkstatt gruppe 车间 产线 线体 生产线 部门 区域 班组 工厂
""")
"""Where machines stand, by the names of columns."""

DATES: dict[str, tuple[str, ...]] = {
    "start": _names("""
        start_date startdatum start_datum beginndatum beginn_datum datum_beginn datum_start iststart_datum
        iststart isdd 开始日期 开工日期 datum date buchungsdatum 日期
    """),
    "end": _names("""
        end_date finish_date enddatum end_datum endedatum ende_datum datum_ende istende_datum istende iedd
        结束日期 完工日期 datum date buchungsdatum budat 日期
    """),
}
"""Columns that hold a day, with the time of day in a column of `start_clock` or `end_clock`."""

KINDS: dict[str, str] = {
    "s": "setup", "setup": "setup", "set-up": "setup", "set up": "setup", "changeover": "setup",
    "rüsten": "setup", "ruesten": "setup", "umrüsten": "setup", "einrichten": "setup", "rüstzeit": "setup",
    "换型": "setup", "换模": "setup", "调机": "setup", "换线": "setup", "准备": "setup",
    "d": "process", "process": "process", "production": "process", "run": "process", "work": "process",
    "produktion": "process", "fertigung": "process", "bearbeiten": "process", "bearbeitung": "process",
    "生产": "process", "加工": "process", "作业": "process",
    "b": "failure", "failure": "failure", "breakdown": "failure", "down": "failure", "störung": "failure",
    "stoerung": "failure", "ausfall": "failure", "故障": "failure", "停机": "failure", "维修": "failure",
    "inspect": "inspect", "inspection": "inspect", "qc": "inspect", "prüfen": "inspect",
    "prüfung": "inspect", "pruefung": "inspect", "检验": "inspect", "质检": "inspect", "检测": "inspect",
    "transport": "transport", "move": "transport", "搬运": "transport", "转运": "transport",
    "maintenance": "maintenance", "pm": "maintenance", "wartung": "maintenance",
    "instandhaltung": "maintenance", "保养": "maintenance", "点检": "maintenance",
}  # fmt: skip
"""What the values of a report-type column mean (lower case)."""

UNITS_S: dict[str, float] = {
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0, "sek": 1.0, "sekunden": 1.0, "秒": 1.0,
    "min": 60.0, "mins": 60.0, "minute": 60.0, "minutes": 60.0, "minuten": 60.0, "分": 60.0, "分钟": 60.0,
    "h": 3600.0, "hr": 3600.0, "hrs": 3600.0, "hour": 3600.0, "hours": 3600.0, "std": 3600.0,
    "stunden": 3600.0, "小时": 3600.0, "时": 3600.0,
}  # fmt: skip
"""Seconds in a unit that a duration column's name may end in."""

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_STEM = re.compile(
    r"_(?:id|no|nr|num|number|nummer|name|key|code|text|bezeichnung)$|(?:编号|编码|号码|代码|名称|号)$"
)


@cache
def words(name: str) -> str:
    """The words of a name, low and joined by `_`, without what is in brackets."""
    text = unicodedata.normalize("NFKC", name).strip().strip("\ufeff")
    text = re.sub(r"(?<=[a-zäöüß0-9])(?=[A-ZÄÖÜ])", "_", text)  # StartTime
    text = re.sub(r"[(\[].*?[)\]]", " ", text.lower()).translate(_UMLAUTS)
    return re.sub(r"[\W_]+", "_", text).strip("_")


def plain(name: str) -> str:
    """A name without what exports write differently: case, blanks, dashes, umlauts, full width, brackets."""
    return words(name).replace("_", "")


def stem(name: str) -> str:
    """A plain name without an ending such as `_id` or 编号, and without XES's prefix of trace attributes."""
    return plain(_STEM.sub("", words(name).removeprefix("case_")))


@cache
def candidates(ours: str) -> tuple[str, ...]:
    """Plain names in common use for one of our columns, best first."""
    return tuple(dict.fromkeys(plain(name) for name in NAMES[ours]))


@cache
def is_cost_center(name: str) -> bool:
    """Whether a column's name is one for a cost center."""
    return {plain(name), stem(name)} & {
        form for known in COST_CENTERS for form in (plain(known), stem(known))
    } != set()


@cache
def is_group(name: str) -> bool:
    """Whether a column's name is one for a line, a hall or a department, in which machines stand."""
    return bool({plain(name), stem(name)} & {plain(known) for known in GROUPS})


@cache
def machines_of_cost_centers() -> tuple[str, ...]:
    """Plain names of machines beside a cost center, best first."""
    own = [name for name in candidates("work_center") if not is_cost_center(name)]
    return tuple(dict.fromkeys([*candidates("unit"), *own]))


def unit_of(name: str) -> float | None:
    """Seconds per unit that a duration column's name states, as in `Dauer [min]` or `duration_s`."""
    parts = re.findall(r"[a-z]+|[一-鿿]+", unicodedata.normalize("NFKC", name).lower())
    return UNITS_S.get(parts[-1]) if len(parts) > 1 else None
