-- When each version of a model came to serve. Until now every new one did at once.
CREATE TABLE model_promotion (
    n           INTEGER PRIMARY KEY,
    site        INTEGER NOT NULL,
    name        TEXT NOT NULL,
    version     TEXT NOT NULL,
    at          INTEGER NOT NULL
) STRICT;

INSERT INTO model_promotion (site, name, version, at)
SELECT site, name, version, created FROM model ORDER BY created, version;
