-- Version 1 of the log database. Times are milliseconds since 1970 UTC; money is minor units.

CREATE TABLE site (
    no          INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    name_en     TEXT NOT NULL,
    name_zh     TEXT NOT NULL,
    currency    TEXT NOT NULL,
    time_zone   TEXT NOT NULL,
    country     TEXT,
    hot_floor   INTEGER NOT NULL DEFAULT 0, -- hot rows up to this number lie in segments
    items_version INTEGER NOT NULL DEFAULT 0 -- grows with every change of the catalogue
) STRICT;

-- Exactly once: every stored event, for ever, also after its row has moved to a segment.
CREATE TABLE event_key (
    site        INTEGER NOT NULL,
    id          TEXT NOT NULL,
    digest      BLOB NOT NULL,
    PRIMARY KEY (site, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE order_key (
    site        INTEGER NOT NULL,
    order_id    TEXT NOT NULL,
    digest      BLOB NOT NULL,
    PRIMARY KEY (site, order_id)
) STRICT, WITHOUT ROWID;

-- The hot log: rows not yet in a segment. `n` only ever grows.
CREATE TABLE hot (
    n           INTEGER PRIMARY KEY,
    site        INTEGER NOT NULL,
    user_key    TEXT NOT NULL,
    time        INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    id          TEXT NOT NULL,
    received    INTEGER NOT NULL,
    server      INTEGER NOT NULL,
    body        TEXT NOT NULL
) STRICT;
CREATE INDEX hot_user ON hot (site, user_key, time);

-- The catalogue of segments.
CREATE TABLE segment (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    site        INTEGER NOT NULL,
    month       TEXT NOT NULL,
    path        TEXT NOT NULL UNIQUE,
    rows        INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    min_time    INTEGER NOT NULL,
    max_time    INTEGER NOT NULL,
    min_user    TEXT NOT NULL,
    max_user    TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    level       INTEGER NOT NULL,
    version     INTEGER NOT NULL
) STRICT;
CREATE INDEX segment_site ON segment (site, month);

CREATE TABLE item (
    site        INTEGER NOT NULL,
    item_id     TEXT NOT NULL,
    title       TEXT,
    category    TEXT NOT NULL,
    price_minor INTEGER,
    cost_minor  INTEGER,
    currency    TEXT,
    kind        TEXT NOT NULL,
    in_stock    INTEGER,
    stock_level INTEGER,
    attrs       TEXT NOT NULL,
    updated     INTEGER NOT NULL,
    stamps      TEXT NOT NULL,              -- which event each field came from
    PRIMARY KEY (site, item_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    site        INTEGER NOT NULL,
    digest      BLOB NOT NULL,
    received    INTEGER NOT NULL,
    origin      TEXT NOT NULL,
    units       INTEGER NOT NULL,
    code        TEXT NOT NULL,
    path        TEXT NOT NULL,
    state       TEXT NOT NULL,
    raw         TEXT NOT NULL,
    UNIQUE (site, digest)
) STRICT;
CREATE INDEX quarantine_code ON quarantine (site, state, code);

CREATE TABLE api_key (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    site        INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    hash        BLOB NOT NULL UNIQUE,
    label       TEXT NOT NULL,
    created     INTEGER NOT NULL,
    revoked     INTEGER
) STRICT;

CREATE TABLE decision (
    id          TEXT PRIMARY KEY,
    site        INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    made_at     INTEGER NOT NULL,
    record      TEXT NOT NULL
) STRICT;
CREATE INDEX decision_site ON decision (site, made_at);

CREATE TABLE model (
    site        INTEGER NOT NULL,
    name        TEXT NOT NULL,
    version     TEXT NOT NULL,
    path        TEXT NOT NULL,
    manifest    TEXT NOT NULL,
    metrics     TEXT NOT NULL,
    created     INTEGER NOT NULL,
    current     INTEGER NOT NULL,
    PRIMARY KEY (site, name, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
    scope       TEXT NOT NULL,
    key         TEXT NOT NULL,
    value       TEXT NOT NULL,
    updated     INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
