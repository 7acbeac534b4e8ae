"""Scripts as modules, for their tests."""
import importlib.machinery
import importlib.util
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]


def script(name, folder=".ci"):
    """A script as a module, whatever its name ends in."""
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_").replace("/", "_").removesuffix(".py"), str(ROOT / folder / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module
