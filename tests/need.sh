#!/bin/sh
# Makes sure that the tests have a browser, Chinese letters and an office program: installs Debian's packages
# where it may, says exactly what to install where it may not. Without the office program its few tests are skipped.
set -eu

missing=""
wanted=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
{ command -v fc-list >/dev/null 2>&1 && fc-list :lang=zh family | grep -q .; } || missing="$missing fontconfig fonts-noto-cjk"
command -v soffice >/dev/null 2>&1 || wanted="$wanted libreoffice-writer-nogui"
command -v pdftotext >/dev/null 2>&1 || wanted="$wanted poppler-utils"
command -v epubcheck >/dev/null 2>&1 || wanted="$wanted epubcheck"
[ -x /usr/bin/searchd ] || command -v searchd >/dev/null 2>&1 || wanted="$wanted sphinxsearch"
[ -z "$missing$wanted" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "安装测试所需：$missing$wanted"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086  # a list of package names
    apt-get install -y -qq --no-install-recommends $missing $wanted >/dev/null
    exit 0
fi
[ -z "$wanted" ] || echo "没有$wanted，Word 表单转 PDF、核对汇编 PDF 和 EPUB、检索集群的测试将跳过；要运行它们请以管理员身份安装。"
[ -z "$missing" ] && exit 0
echo "浏览器测试缺少：$missing"
echo "请以管理员身份运行：apt-get update && apt-get install$missing$wanted"
echo "不是 Debian 的系统请安装 Chromium（命令名 chromium）和一种中文字体。"
exit 1
