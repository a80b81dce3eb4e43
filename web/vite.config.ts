import { defineConfig } from "vite";
import { languagePages, pageInputs } from "./build/pages.ts";

export default defineConfig({
  appType: "mpa",
  plugins: [languagePages()],
  build: {
    target: ["chrome87", "edge88", "firefox78", "safari14"],
    assetsInlineLimit: 0, // the Content-Security-Policy knows no data: scripts or styles
    modulePreload: { polyfill: false },
    manifest: true,
    emptyOutDir: true,
    reportCompressedSize: false,
    rolldownOptions: { input: pageInputs() },
  },
});
