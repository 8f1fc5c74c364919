-- The tables thermo-ingest writes. Safe to run twice: tables that are there already keep their columns and rows. PostgreSQL 13 or newer.
--
--     psql -v ON_ERROR_STOP=1 -d thermosense_db -f schema.sql

BEGIN;
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS thermo;

DO $$
BEGIN
    IF to_regtype('thermo.object_status') IS NULL THEN
        CREATE TYPE thermo.object_status AS ENUM ('pending', 'processing', 'completed', 'failed');
    END IF;
END
$$;

CREATE TABLE IF NOT EXISTS thermo.devices (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    device_uid   text NOT NULL UNIQUE,
    name         text NOT NULL,
    device_type  text,
    location     text,
    installed_at timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS thermo.image_objects (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    device_id      uuid NOT NULL REFERENCES thermo.devices (id),
    recorded_at    timestamptz NOT NULL,
    minio_bucket   text NOT NULL,
    object_name    text NOT NULL,
    object_version text,
    checksum       text NOT NULL,
    image_type     text NOT NULL DEFAULT 'raw' CHECK (image_type IN ('raw', 'processed')),
    status         thermo.object_status NOT NULL DEFAULT 'pending',
    metadata       jsonb NOT NULL DEFAULT '{}',
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (minio_bucket, object_name)
);

CREATE INDEX IF NOT EXISTS image_objects_device_id_recorded_at_idx ON thermo.image_objects (device_id, recorded_at DESC);

COMMENT ON TABLE thermo.devices IS 'Thermal cameras. thermo-ingest adds one row for each camera it has not met before.';
COMMENT ON COLUMN thermo.devices.device_uid IS 'The camera''s uid, as in its MQTT topic, byte for byte.';
COMMENT ON COLUMN thermo.devices.name IS 'For people. Starts as the uid.';
COMMENT ON COLUMN thermo.devices.device_type IS 'For people. Not written by thermo-ingest.';
COMMENT ON COLUMN thermo.devices.location IS 'For people. Not written by thermo-ingest.';
COMMENT ON COLUMN thermo.devices.installed_at IS 'For people. Not written by thermo-ingest.';

COMMENT ON TABLE thermo.image_objects IS 'One row for each picture in the object store.';
COMMENT ON COLUMN thermo.image_objects.recorded_at IS 'The moment the picture was complete, in milliseconds.';
COMMENT ON COLUMN thermo.image_objects.minio_bucket IS 'The bucket of the object.';
COMMENT ON COLUMN thermo.image_objects.object_name IS 'The key of the object.';
COMMENT ON COLUMN thermo.image_objects.object_version IS 'The version S3 gave the object; NULL where the bucket has no versions.';
COMMENT ON COLUMN thermo.image_objects.checksum IS 'SHA-256 of the picture, in lower-case hex.';
COMMENT ON COLUMN thermo.image_objects.image_type IS 'raw: as the camera took it. processed: made from a raw one by a backend.';
COMMENT ON COLUMN thermo.image_objects.status IS 'Where processing stands. thermo-ingest writes pending once and never changes it.';
COMMENT ON COLUMN thermo.image_objects.metadata IS
    'source_topic, image_id, image_id_source (camera or gateway), size in bytes, chunks, content_type, gateway.';
COMMENT ON COLUMN thermo.image_objects.updated_at IS 'Moves when the same capture is stored again.';

COMMIT;
