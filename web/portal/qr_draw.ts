// A QR code as SVG nodes: black on white with the four quiet modules around it.
import { generate } from "lean-qr/nano";
import { svg } from "../shell/dom.ts";

export function drawQr(text: string, label: string): SVGElement {
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
  return svg(
    "svg",
    { viewBox: `-4 -4 ${code.size + 8} ${code.size + 8}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges" },
    svg("rect", { x: "-4", y: "-4", width: "100%", height: "100%", fill: "#fff" }),
    svg("path", { d: path }),
  );
}
