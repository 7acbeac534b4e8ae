"""What a pixi user's machine does with an untarred pack: py-rattler's own parallel install, with untar and clean-up.

usage: rattler_install.py PACK OUT
"""
import asyncio
import json
import pathlib
import shutil
import sys
import tarfile

import rattler
from rattler import PrefixRecord


async def main(pack: pathlib.Path, out: pathlib.Path) -> None:
    stage = out / "stage"
    with tarfile.open(pack) as tar:
        tar.extractall(stage, filter="fully_trusted") if hasattr(tarfile, "data_filter") else tar.extractall(stage)
    records = []
    notes = stage / "records"
    notes.mkdir()
    for repodata in (stage / "channel").glob("*/repodata.json"):
        for file, record in json.loads(repodata.read_text())["packages.conda"].items():
            full = {**record, "fn": file, "url": (repodata.parent / file).as_uri(), "channel": None}
            note = notes / f"{file}.json"
            note.write_text(json.dumps({**full, "files": [], "paths_data": {"paths_version": 1, "paths": []}}))
            records.append(PrefixRecord.from_path(note))
    await rattler.install(records, target_prefix=out / "env", cache_dir=stage / "cache", show_progress=False)
    shutil.rmtree(stage)


asyncio.run(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
