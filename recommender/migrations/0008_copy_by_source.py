"""Copies what three sources predicted and three agents did from columns of their own to rows and names; and back."""

import json
import zlib

import numpy as np
from django.db import migrations

SOURCES = {"neighbours": "cf", "content": "cb", "demographics": "net"}
HEADER = np.dtype([("base", "<f8"), ("neighbours", "<u4")])
CANDIDATE = np.dtype(
    [
        ("image", "<i8"),
        ("p_cf", "<f4"),
        ("p_cb", "<f4"),
        ("viewed", "<f4"),
        ("rated_alike", "<f4"),
        ("neighbours", "<u2"),
        ("neighbour_mean", "<f4"),
        ("reason", "<i8"),
    ]
)
# Blocks of the new form, with the columns of the old one that they come from.
BLOCKS = {
    "images": "image",
    "neighbours.value": "p_cf",
    "neighbours.detail.neighbours": "neighbours",
    "neighbours.detail.neighbour_mean": "neighbour_mean",
    "content.value": "p_cb",
    "content.part.viewed": "viewed",
    "content.part.rated": "rated_alike",
    "content.detail.reason": "reason",
}
NETWORK = "demographics.value"


def new_slate(packed, network):
    raw = zlib.decompress(packed)
    head = np.frombuffer(raw, dtype=HEADER, count=1)[0]
    rows = np.frombuffer(raw, dtype=CANDIDATE, offset=HEADER.itemsize)
    blocks = {name: np.ascontiguousarray(rows[column]) for name, column in BLOCKS.items()}
    figures = {"neighbours": {"people": int(head["neighbours"])}, "content": {}}
    if network is not None:
        blocks[NETWORK], figures["demographics"] = np.frombuffer(zlib.decompress(network), dtype="<f4"), {}
    header = {"base": float(head["base"]), "figures": figures}
    header["blocks"] = [(name, block.dtype.str) for name, block in blocks.items()]
    text = json.dumps(header).encode()
    body = b"".join(block.tobytes() for block in blocks.values())
    return zlib.compress(len(text).to_bytes(4, "little") + text + body, 1)


def old_slate(packed):
    raw = zlib.decompress(packed)
    place = 4 + int.from_bytes(raw[:4], "little")
    header = json.loads(raw[4:place])
    count = (len(raw) - place) // sum(np.dtype(kind).itemsize for _, kind in header["blocks"])
    blocks = {}
    for name, kind in header["blocks"]:
        blocks[name] = np.frombuffer(raw, dtype=kind, count=count, offset=place)
        place += blocks[name].nbytes
    rows = np.zeros(count, dtype=CANDIDATE)
    rows["p_cf"] = rows["neighbour_mean"] = np.nan
    for name, column in BLOCKS.items():
        if name in blocks:
            rows[column] = blocks[name]
    people = header["figures"].get("neighbours", {}).get("people", 0)
    head = np.array([(header["base"], people)], dtype=HEADER)
    network = zlib.compress(blocks[NETWORK].tobytes(), 1) if NETWORK in blocks else None
    return zlib.compress(head.tobytes() + rows.tobytes(), 1), network


def convert_slates(apps, convert):
    Slate = apps.get_model("recommender", "Slate")
    for pk in list(Slate.objects.values_list("pk", flat=True)):
        row = Slate.objects.get(pk=pk)
        row.candidates, row.p_net = convert(row)
        row.save(update_fields=["candidates", "p_net"])


def named(*predicted):
    return json.dumps({name: one for name, one in zip(SOURCES, predicted, strict=True) if one is not None})


def forwards(apps, editor):
    with editor.connection.cursor() as cursor:
        for source, old in SOURCES.items():
            cursor.execute(
                "INSERT INTO recommender_agentmove (step_id, source, predicted, state, action, reward, next_state)"
                f" SELECT id, %s, p_{old}, {old}_state, {old}_action, {old}_reward, {old}_next"
                f" FROM recommender_agentstep WHERE {old}_state IS NOT NULL ORDER BY id",
                [source],
            )
        made = "jsonb_strip_nulls(jsonb_build_object('neighbours', p_cf, 'content', p_cb, 'demographics', p_net))"
        if editor.connection.vendor == "sqlite":  # whose own JSON keeps 15 digits of a number
            editor.connection.connection.create_function("predicted_by_name", 3, named, deterministic=True)
            made = "predicted_by_name(p_cf, p_cb, p_net)"
        cursor.execute(
            f"UPDATE recommender_impression SET predicted = {made}"
            " WHERE p_cf IS NOT NULL OR p_cb IS NOT NULL OR p_net IS NOT NULL"
        )
    convert_slates(apps, lambda row: (new_slate(row.candidates, row.p_net), None))


def backwards(apps, editor):
    convert_slates(apps, lambda row: old_slate(row.candidates))
    Agents = apps.get_model("recommender", "Agents")
    for agents in Agents.objects.iterator():
        states = [*agents.memory["states"], None][:3]
        agents.cf_state, agents.cb_state, agents.net_state = states
        agents.save(update_fields=["cf_state", "cb_state", "net_state"])
    with editor.connection.cursor() as cursor:
        for source, old in SOURCES.items():
            columns = {f"p_{old}": "predicted", f"{old}_next": "next_state"}
            columns |= {f"{old}_{name}": name for name in ("state", "action", "reward")}
            for column, name in columns.items():
                cursor.execute(
                    f"UPDATE recommender_agentstep SET {column} = (SELECT {name} FROM recommender_agentmove"
                    " WHERE step_id = recommender_agentstep.id AND source = %s)",
                    [source],
                )
            value = f"(predicted ->> '{source}')::float8"
            if editor.connection.vendor == "sqlite":
                editor.connection.connection.create_function(
                    "predicted_of", 2, lambda text, name: json.loads(text).get(name), deterministic=True
                )
                value = f"predicted_of(predicted, '{source}')"
            cursor.execute(f"UPDATE recommender_impression SET p_{old} = {value}")
        cursor.execute("DELETE FROM recommender_agentmove")


class Migration(migrations.Migration):
    dependencies = [("recommender", "0007_moves_and_predictions")]
    operations = [migrations.RunPython(forwards, backwards)]
