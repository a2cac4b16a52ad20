"""The tables of a store on PostgreSQL, and what lets other tools read chunks by SQL."""

from __future__ import annotations

from zhizao.connect.store.chunks import HOUR_US, NO_NUMBER

_TABLES = """
CREATE SCHEMA IF NOT EXISTS zhizao;
SET search_path = zhizao;
CREATE TABLE IF NOT EXISTS tag (id integer PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS origin (
    id integer PRIMARY KEY, source text NOT NULL, epoch bigint NOT NULL, UNIQUE (source, epoch));
CREATE TABLE IF NOT EXISTS held (
    origin integer NOT NULL, first bigint NOT NULL, last bigint NOT NULL, PRIMARY KEY (origin, first));
CREATE TABLE IF NOT EXISTS archived (
    name text PRIMARY KEY, first_us bigint NOT NULL, last_us bigint NOT NULL, count bigint NOT NULL);
CREATE TABLE IF NOT EXISTS recent (
    tag integer NOT NULL, time_us bigint NOT NULL, origin integer NOT NULL, sequence bigint NOT NULL,
    received_us bigint NOT NULL, number double precision, text text, status bigint NOT NULL);
CREATE INDEX IF NOT EXISTS recent_tag_time ON recent (tag, time_us);
CREATE TABLE IF NOT EXISTS chunk (
    tag integer NOT NULL, origin integer NOT NULL, first_us bigint NOT NULL, last_us bigint NOT NULL,
    count integer NOT NULL, time_us bytea NOT NULL, sequence bytea NOT NULL, received_us bytea NOT NULL,
    number bytea, status bytea, text text[]) PARTITION BY RANGE (last_us);
CREATE TABLE IF NOT EXISTS chunk_other PARTITION OF chunk DEFAULT;
CREATE INDEX IF NOT EXISTS chunk_tag_last ON chunk (tag, last_us);
CREATE OR REPLACE FUNCTION word_at(words bytea, i integer) RETURNS bigint IMMUTABLE STRICT LANGUAGE sql AS $$
    SELECT ('x' || encode(substring(words FROM 8 * i + 1 FOR 8), 'hex'))::bit(64)::bigint $$;
CREATE OR REPLACE FUNCTION status_at(halves bytea, i integer) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT coalesce((get_byte(halves, 4 * i)::bigint << 24) | (get_byte(halves, 4 * i + 1)::bigint << 16)
        | (get_byte(halves, 4 * i + 2)::bigint << 8) | get_byte(halves, 4 * i + 3)::bigint, 0) $$;
CREATE OR REPLACE FUNCTION double_of(word bigint) RETURNS double precision IMMUTABLE STRICT LANGUAGE sql AS $$
    SELECT CASE WHEN word < 0 THEN -1.0::double precision ELSE 1.0 END * CASE
        WHEN word >> 52 & 2047 = 2047 AND word & 4503599627370495 = 0 THEN 'Infinity'
        WHEN word >> 52 & 2047 = 2047 THEN 'NaN'
        WHEN word >> 52 & 2047 = 0 THEN (word & 4503599627370495) * power(2::double precision, -1074)
        ELSE (word & 4503599627370495 | 4503599627370496)
            * power(2::double precision, (word >> 52 & 2047) - 1075)
    END $$;
"""

_SAMPLES = f"""
SELECT o.source, o.epoch, r.sequence, t.name AS tag, to_timestamp(r.time_us / 1e6) AS time,
    to_timestamp(r.received_us / 1e6) AS received, r.number, r.text, r.status
FROM zhizao.recent r
    JOIN zhizao.tag t ON t.id = r.tag
    JOIN zhizao.origin o ON o.id = r.origin
WHERE {{recent}}
UNION ALL
SELECT o.source, o.epoch, zhizao.word_at(d.sequence, i), t.name,
    to_timestamp(zhizao.word_at(d.time_us, i) / 1e6),
    to_timestamp(zhizao.word_at(d.received_us, i) / 1e6),
    zhizao.double_of(nullif(zhizao.word_at(d.number, i), {NO_NUMBER})),
    d.text[i + 1], zhizao.status_at(d.status, i)
FROM zhizao.chunk c
    JOIN zhizao.tag t ON t.id = c.tag
    JOIN zhizao.origin o ON o.id = c.origin,
    LATERAL (SELECT c.sequence || ''::bytea AS sequence, c.time_us || ''::bytea AS time_us,
        c.received_us || ''::bytea AS received_us, c.number || ''::bytea AS number,
        c.status || ''::bytea AS status, c.text || '{{{{}}}}'::text[] AS text OFFSET 0) AS d,
    generate_series(0, c.count - 1) AS i
WHERE {{chunk}}
"""
"""`d` has the columns unpacked, once a chunk: a compressed one would be unpacked for every word."""

_SINCE, _UNTIL = (f"floor(extract(epoch FROM {name}) * 1000000)::bigint" for name in ("since", "until"))
_NEXT_HOUR = f"ceil(extract(epoch FROM until) / 3600)::bigint * {HOUR_US}"
_BETWEEN = _SAMPLES.format(
    recent=f"r.time_us >= {_SINCE} AND r.time_us < {_UNTIL}",
    chunk=f"c.last_us >= {_SINCE} AND c.last_us < {_NEXT_HOUR} "
    f"AND zhizao.word_at(d.time_us, i) >= {_SINCE} AND zhizao.word_at(d.time_us, i) < {_UNTIL}",
)

TABLES = f"""{_TABLES}
CREATE OR REPLACE VIEW samples AS {_SAMPLES.format(recent="true", chunk="true")};
CREATE OR REPLACE FUNCTION samples(since timestamptz, until timestamptz) RETURNS TABLE (
    source text, epoch bigint, sequence bigint, tag text, "time" timestamptz, received timestamptz,
    number double precision, text text, status bigint) STABLE LANGUAGE sql AS $$ {_BETWEEN} $$;
"""
"""Tables; for other tools all samples as a view, those of a span as a function, which reads its chunks only.

A function resolves names when it runs, in whatever schema its caller looks: its names have their schema.
"""
