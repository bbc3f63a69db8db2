/* Makes a Word file (.docx) in the browser: WordprocessingML parts in a ZIP without compression. Knows no cases.
   Blocks: { heading } · { title } · { subheading } · { note } · { label, value } · { columns, rows } · { text, breakBefore }.
   Exposes window.RongcuoDocx. */
(function () {
  "use strict";

  const W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
  const R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const PACKAGE = "http://schemas.openxmlformats.org/package/2006/";
  const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
  const TWIPS = 1440 / 2.54; // a centimetre
  const GREY = "625A50", SHADE = "EFEAE0";
  const TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml.";
  const MIME = TYPES + "document";

  // ---- XML ----------------------------------------------------------------------------------------------------

  /* Text for XML: without what XML 1.0 cannot hold (lone surrogates too), and escaped. */
  function escape(text) {
    const sound = Array.from(String(text)).filter(function (character) {
      const code = character.codePointAt(0);
      return code === 9 || code === 10 || code === 13 || (code > 31 && (code < 0xd800 || code > 0xdfff) && code !== 0xfffe && code !== 0xffff);
    }).join("");
    return sound.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
  }

  function run(text, look) {
    const set = look || {}, size = Math.round((set.size || 10.5) * 2);
    const fonts = '<w:rFonts w:hint="eastAsia"' + (set.font ? ' w:eastAsia="' + set.font + '"' : "") + "/>";
    const colour = set.grey ? '<w:color w:val="' + GREY + '"/>' : "";
    const properties = "<w:rPr>" + fonts + colour + '<w:sz w:val="' + size + '"/><w:szCs w:val="' + size + '"/></w:rPr>';
    const lines = escape(text).split(/\r\n|\r|\n/).map(function (line) { return '<w:t xml:space="preserve">' + line + "</w:t>"; });
    return "<w:r>" + properties + lines.join("<w:br/>") + "</w:r>";
  }

  function paragraph(runs, style, extra) {
    const properties = (style ? '<w:pStyle w:val="' + style + '"/>' : "") + (extra || "");
    return "<w:p>" + (properties ? "<w:pPr>" + properties + "</w:pPr>" : "") + runs + "</w:p>";
  }

  function block(one, blank) {
    if (one.title) return paragraph(run(one.title, { size: 20, font: "黑体" }), "Title");
    if (one.heading) return paragraph(run(one.heading, { size: 14, font: "黑体" }), "Heading1", one.breakBefore ? "<w:pageBreakBefore/>" : "");
    if (one.subheading) return paragraph(run(one.subheading, { size: 11, font: "黑体" }), "Heading2");
    if (one.note) return paragraph(run(one.note, { size: 8.5, grey: true }));
    if (one.columns) return table(one) + paragraph("");
    if (one.label) return paragraph(run(one.label + "：", { font: "黑体" }) + run(one.value || blank));
    return paragraph(run(one.text || ""));
  }

  function table(one) {
    const edges = ["top", "left", "bottom", "right", "insideH", "insideV"].map(function (edge) {
      return "<w:" + edge + ' w:val="single" w:sz="4" w:space="0" w:color="auto"/>';
    }).join("");
    const widths = one.columns.map(function (column) { return Math.round(column.width * TWIPS); });
    const grid = widths.map(function (width) { return '<w:gridCol w:w="' + width + '"/>'; }).join("");
    const head = one.columns.map(function (column, i) { return cell(widths[i], run(column.label, { size: 8.5, font: "黑体" }), true); }).join("");
    const rows = one.rows.map(function (row) {
      return "<w:tr>" + one.columns.map(function (column, i) { return cell(widths[i], run(row[column.id] || "", { size: 8.5 }), false); }).join("") + "</w:tr>";
    }).join("");
    return '<w:tbl><w:tblPr><w:jc w:val="center"/><w:tblBorders>' + edges + '</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>' +
      grid + "</w:tblGrid><w:tr><w:trPr><w:tblHeader/></w:trPr>" + head + "</w:tr>" + rows + "</w:tbl>";
  }

  function cell(width, runs, shaded) {
    const shade = shaded ? '<w:shd w:val="clear" w:color="auto" w:fill="' + SHADE + '"/>' : "";
    return '<w:tc><w:tcPr><w:tcW w:w="' + width + '" w:type="dxa"/>' + shade + "</w:tcPr>" + paragraph(runs) + "</w:tc>";
  }

  // ---- parts of the package -----------------------------------------------------------------------------------

  function parts(report) {
    const name = 'xmlns:w="' + W + '" xmlns:r="' + R + '"', size = { size: 8, grey: true };
    const centred = '<w:jc w:val="center"/>', field = function (code) { return '<w:fldSimple w:instr="' + code + '">' + run("1", size) + "</w:fldSimple>"; };
    const footer = report.footer.split(/(\{page\}|\{pages\})/).map(function (piece) {
      return piece === "{page}" ? field("PAGE") : piece === "{pages}" ? field("NUMPAGES") : run(piece, size);
    }).join("");
    const body = report.blocks.map(function (one) { return block(one, report.blank); }).join("");
    const page = '<w:sectPr><w:headerReference w:type="default" r:id="rId2"/><w:footerReference w:type="default" r:id="rId3"/>' +
      '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>';
    return {
      "[Content_Types].xml": contentTypes(),
      "_rels/.rels": relations([["rId1", R + "/officeDocument", "word/document.xml"], ["rId2", PACKAGE + "relationships/metadata/core-properties", "docProps/core.xml"]]),
      "docProps/core.xml": core(report),
      "word/document.xml": DECLARATION + "<w:document " + name + "><w:body>" + body + page + "</w:body></w:document>",
      "word/_rels/document.xml.rels": relations([["rId1", R + "/styles", "styles.xml"], ["rId2", R + "/header", "header1.xml"], ["rId3", R + "/footer", "footer1.xml"]]),
      "word/styles.xml": styles(),
      "word/header1.xml": DECLARATION + "<w:hdr " + name + ">" + paragraph(run(report.header, size), "", centred) + "</w:hdr>",
      "word/footer1.xml": DECLARATION + "<w:ftr " + name + ">" + paragraph(footer, "", centred) + "</w:ftr>",
    };
  }

  function contentTypes() {
    const overrides = [
      ["/word/document.xml", TYPES + "document.main+xml"], ["/word/styles.xml", TYPES + "styles+xml"],
      ["/word/header1.xml", TYPES + "header+xml"], ["/word/footer1.xml", TYPES + "footer+xml"],
      ["/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"],
    ].map(function (pair) { return '<Override PartName="' + pair[0] + '" ContentType="' + pair[1] + '"/>'; }).join("");
    return DECLARATION + '<Types xmlns="' + PACKAGE + 'content-types"><Default Extension="rels" ContentType="' +
      'application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>' + overrides + "</Types>";
  }

  function relations(list) {
    return DECLARATION + '<Relationships xmlns="' + PACKAGE + 'relationships">' + list.map(function (one) {
      return '<Relationship Id="' + one[0] + '" Type="' + one[1] + '" Target="' + one[2] + '"/>';
    }).join("") + "</Relationships>";
  }

  function core(report) {
    return DECLARATION + '<cp:coreProperties xmlns:cp="' + PACKAGE + 'metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">' +
      "<dc:title>" + escape(report.title) + "</dc:title><dc:creator>" + escape(report.author || "") + "</dc:creator><dc:language>zh-CN</dc:language></cp:coreProperties>";
  }

  function styles() {
    const style = function (id, name, level, before) {
      return '<w:style w:type="paragraph" w:styleId="' + id + '"><w:name w:val="' + name + '"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:qFormat/><w:pPr><w:keepNext/>' +
        '<w:spacing w:before="' + before + '" w:after="60"/>' + (level < 0 ? '<w:jc w:val="center"/>' : '<w:outlineLvl w:val="' + level + '"/>') + "</w:pPr></w:style>";
    };
    return DECLARATION + '<w:styles xmlns:w="' + W + '"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="宋体" w:cs="Times New Roman"/>' +
      '<w:sz w:val="21"/><w:szCs w:val="21"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults>' +
      '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/><w:pPr><w:spacing w:before="0" w:after="60"/></w:pPr></w:style>' +
      style("Title", "Title", -1, 80) + style("Heading1", "heading 1", 0, 240) + style("Heading2", "heading 2", 1, 80) + "</w:styles>";
  }

  // ---- ZIP (APPNOTE.TXT 6.3, method 0) ------------------------------------------------------------------------

  const CRC = Uint32Array.from({ length: 256 }, function (_, byte) {
    for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
    return byte;
  });

  function crc(bytes) {
    let value = 0xffffffff;
    for (const byte of bytes) value = (value >>> 8) ^ CRC[(value ^ byte) & 0xff];
    return ~value >>> 0;
  }

  function record(size, fields) {
    const view = new DataView(new ArrayBuffer(size));
    let at = 0;
    for (const [width, value] of fields) {
      if (width === 2) view.setUint16(at, value, true);
      else view.setUint32(at, value, true);
      at += width;
    }
    return new Uint8Array(view.buffer);
  }

  function zip(files) {
    const encoder = new TextEncoder(), out = [], directory = [];
    let offset = 0, listed = 0;
    for (const path of Object.keys(files)) {
      const name = encoder.encode(path), bytes = encoder.encode(files[path]);
      // Version 2.0, UTF-8 names, stored, 1980-01-01 00:00, CRC-32, sizes, length of the name, no extra field.
      const common = [[2, 20], [2, 0x800], [2, 0], [2, 0], [2, 33], [4, crc(bytes)], [4, bytes.length], [4, bytes.length], [2, name.length], [2, 0]];
      out.push(record(30, [[4, 0x04034b50]].concat(common)), name, bytes);
      directory.push(record(46, [[4, 0x02014b50], [2, 20]].concat(common, [[2, 0], [2, 0], [2, 0], [4, 0], [4, offset]])), name);
      offset += 30 + name.length + bytes.length;
      listed += 46 + name.length;
    }
    const count = Object.keys(files).length;
    const end = record(22, [[4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, listed], [4, offset], [2, 0]]);
    return new Blob(out.concat(directory, [end]), { type: MIME });
  }

  /* { title, author, header, footer, blank, blocks } as a Blob; `footer` may hold {page} and {pages}. */
  function make(report) { return zip(parts(report)); }

  window.RongcuoDocx = { make: make };
})();
