"""Chinese for the sentences that click itself speaks; every other text is Chinese where it is written."""

from __future__ import annotations

import importlib
import pkgutil

import click
from rich.cells import cell_len

TEXTS = {
    "Usage:": "用法：",
    "Options": "选项",
    "Commands": "命令",
    "Positional arguments": "参数",
    "Show this message and exit.": "显示这段说明。",
    "Show the version and exit.": "显示版本。",
    "Aborted!": "已中止。",
    "Error: {message}": "错误：{message}",
    "Try '{command} {option}' for help.": "用法说明：{command} {option}",
    "Missing argument": "缺少参数",
    "Missing option": "缺少选项",
    "Missing parameter": "缺少参数",
    "Missing {param_type}": "缺少 {param_type}",
    "Missing parameter: {param_name}": "缺少参数：{param_name}",
    "Missing command.": "缺少命令。",
    "No such option {name!r}.": "没有选项 {name!r}。",
    "No such command {name!r}.": "没有命令 {name!r}。",
    "Did you mean {possibility}?": "是不是 {possibility}？",
    "(Did you mean one of: {possibilities}?)": "是不是其中之一：{possibilities}？",
    "Got unexpected extra argument ({args})": "多出一个参数：{args}",
    "Got unexpected extra arguments ({args})": "多出几个参数：{args}",
    "Option {name!r} does not take a value.": "选项 {name!r} 后面不带值。",
    "Option {name!r} requires an argument.": "选项 {name!r} 后面要写一个值。",
    "Option {name!r} requires {nargs} arguments.": "选项 {name!r} 后面要写 {nargs} 个值。",
    "Argument {name!r} takes {nargs} values.": "参数 {name!r} 要 {nargs} 个值。",
    "Invalid value: {message}": "值不对：{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} 的值不对：{message}",
    "{value!r} is not {choice}.": "{value!r} 不对，只能写 {choice}。",
    "{value!r} is not one of {choices}.": "{value!r} 不在可选的值里：{choices}。",
    "{value!r} is not a valid {number_type}.": "{value!r} 不是{number_type}。",
    "{value} is not in the range {range}.": "{value} 不在范围 {range} 里。",
    "{value!r} does not match the format {format}.": "{value!r} 的写法应当是 {format}。",
    "{value!r} does not match the formats {formats}.": "{value!r} 的写法应当是其中之一：{formats}。",
    "{name} {filename!r} does not exist.": "{name} {filename!r} 不存在。",
    "{name} {filename!r} is a file.": "{name} {filename!r} 是文件，这里要文件夹。",
    "{name} {filename!r} is a directory.": "{name} {filename!r} 是文件夹，这里要文件。",
    "{name} {filename!r} is not readable.": "{name} {filename!r} 不能读。",
    "{name} {filename!r} is not writable.": "{name} {filename!r} 不能写。",
    "Could not open file {filename!r}: {message}": "打不开文件 {filename!r}：{message}",
    "Choose from:\n\t{choices}": "可选：\n\t{choices}",
    "default: {default}": "默认：{default}",
    "required": "必填",
    "file": "文件",
    "directory": "文件夹",
    "path": "路径",
}


def _gettext(message: str) -> str:
    return TEXTS.get(message, message)


def _ngettext(singular: str, plural: str, number: int) -> str:
    return _gettext(singular if number == 1 else plural)


def speak_chinese() -> None:
    """Make click's own sentences Chinese whatever the system's language; sentences it does not know stay.

    The functions are replaced in click's modules, because gettext looks for compiled catalogues by the
    system's locale, and this library speaks Chinese under every locale. `term_len` measures columns: a
    Chinese character takes two.
    """
    for info in pkgutil.iter_modules(click.__path__):
        if info.name.startswith("_winconsole"):
            continue  # exists for Windows only and fails to import elsewhere
        module = importlib.import_module(f"click.{info.name}")
        for name, function in (("_", _gettext), ("ngettext", _ngettext), ("term_len", cell_len)):
            if hasattr(module, name):
                setattr(module, name, function)
    click.STRING.name = "文字"
    click.INT.name = "整数"
    click.FLOAT.name = "数"
