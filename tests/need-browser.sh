#!/bin/sh
# Makes sure that the browser tests have a browser and Chinese letters: installs Debian's packages where it
# may, says exactly what to install where it may not.
set -eu

missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
{ command -v fc-list >/dev/null 2>&1 && fc-list :lang=zh family | grep -q .; } || missing="$missing fontconfig fonts-noto-cjk"
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "安装浏览器测试所需：$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086  # a list of package names
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
    exit 0
fi
echo "浏览器测试缺少：$missing"
echo "请以管理员身份运行：apt-get update && apt-get install$missing"
echo "不是 Debian 的系统请安装 Chromium（命令名 chromium）和一种中文字体。"
exit 1
