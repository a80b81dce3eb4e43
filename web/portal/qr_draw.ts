// A QR code as SVG nodes: black on the white that login.css gives it, with the four quiet modules around it. Without a
// text only its three corners: what stands there for a moment need not be computed, and cannot be scanned.
import { generate } from "lean-qr/nano";
import { svg } from "../shell/dom.ts";

const corner = "h7v7h-7zm1 1v5h5v-5zm1 1h3v3h-3z";

export function drawQr(text: string | undefined, label: string): SVGElement {
  const [size, path] = text ? modules(text) : [29, `M0 0${corner}M22 0${corner}M0 22${corner}`];
  return svg(
    "svg",
    { viewBox: `-4 -4 ${size + 8} ${size + 8}`, ...(text ? { role: "img", "aria-label": label } : { "aria-hidden": "true" }) },
    svg("path", { d: path }),
  );
}

function modules(text: string): [size: number, path: string] {
  const code = generate(text);
  let path = "";
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) {
      if (!code.get(x, y)) continue;
      let width = 1;
      while (code.get(x + width, y)) width++;
      path += `M${x} ${y}h${width}v1H${x}z`;
      x += width;
    }
  }
  return [code.size, path];
}
