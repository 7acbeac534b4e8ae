#!/usr/bin/env python3
"""Usage: .ci/build/conda.py OUTPUT RELEASE-FILES
       .ci/build/conda.py --install CHANNEL PREFIX

Makes a conda channel in the folder OUTPUT from the archives of a release (`make dist`), by docs/packaging/recipe.yaml: packages
pixi-pack and pixi-unpack for linux-64 and linux-aarch64, which `pixi global install --channel OUTPUT pixi-pack pixi-unpack`
installs. --install does the like: it installs both from the folder CHANNEL to PREFIX. Run with a Python that has
py-rattler-build and py-rattler.
"""
import asyncio
import json
import os
import pathlib
import re
import shutil
import sys
import tarfile
import tempfile

import rattler
import rattler_build

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HOST = "linux-aarch64" if os.uname().machine == "aarch64" else "linux-64"
RECIPE = ROOT / "docs" / "packaging" / "recipe.yaml"


def build(archive, version, target, output):
    with tempfile.TemporaryDirectory() as scratch:
        with tarfile.open(archive) as files:
            time = max(member.mtime for member in files)
            files.extractall(scratch, filter="tar")
        os.environ["PIXI_PACK_VERSION"] = version
        os.environ["PIXI_PACK_FILES"] = str(next(pathlib.Path(scratch).iterdir()))
        os.environ["SOURCE_DATE_EPOCH"] = str(int(time))
        # Tests in the recipe run where the programs do.
        platform = rattler_build.PlatformConfig(target_platform=target, host_platform=target)
        for variant in rattler_build.Stage0Recipe.from_file(RECIPE).render(render_config=rattler_build.RenderConfig(platform)):
            variant.run_build(
                tool_config=rattler_build.ToolConfiguration(test_strategy="native" if target == HOST else "skip"), output_dir=output, channels=[], no_build_id=True,
                env_isolation=rattler_build.EnvironmentIsolation.NONE)


async def install(channel, prefix):
    records = await rattler.solve(
        sources=[rattler.Channel(f"file://{channel}")], specs=["pixi-pack", "pixi-unpack"], gateway=rattler.Gateway(),
        platforms=[rattler.Platform.current(), rattler.Platform("noarch")])
    await rattler.install(records, prefix, show_progress=False)


def main():
    if sys.argv[1:2] == ["--install"] and len(sys.argv) == 4:
        return asyncio.run(install(*sys.argv[2:]))
    if len(sys.argv) != 3:
        sys.exit(__doc__.split("\n")[0])
    output, release = map(pathlib.Path, sys.argv[1:])
    archives = [
        (path, found[1], found[2])
        for path in sorted(release.glob("pixi-pack-*-linux-*.tar.gz"))
        if (found := re.fullmatch(r"pixi-pack-(.+)-(linux-64|linux-aarch64)\.tar\.gz", path.name))
    ]
    if not archives:
        sys.exit(f"error: {release} has no archives of a release: make dist writes them")
    if output.exists():
        shutil.rmtree(output)
    output.mkdir(parents=True)
    for archive in archives:
        build(*archive, output)
    for name in ("bld", "src_cache", "test"):
        shutil.rmtree(output / name, ignore_errors=True)
    (output / "rattler-build-log.txt").unlink(missing_ok=True)
    for index in sorted(output.glob("*/repodata.json")):
        for name in sorted(json.loads(index.read_text())["packages.conda"]):
            print(f"{(index.parent / name).stat().st_size:>10}  {index.parent.name}/{name}")


if __name__ == "__main__":
    main()
