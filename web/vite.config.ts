import { defineConfig } from "vite";
import { languagePages, pageInputs, plainImports, qrPages } from "./build/pages.ts";

export default defineConfig({
  appType: "mpa",
  plugins: [languagePages(), qrPages(), plainImports()],
  build: {
    target: ["chrome87", "edge88", "firefox78", "safari14"],
    assetsInlineLimit: 0, // the Content-Security-Policy knows no data: scripts or styles
    modulePreload: false, // build/pages.ts writes the links, and takes Vite's helper for import() away
    manifest: true,
    emptyOutDir: true,
    reportCompressedSize: false,
    rolldownOptions: {
      input: pageInputs(),
      // Two chunks instead of many small ones: what every page needs, and what forms with a password share.
      output: {
        codeSplitting: {
          groups: [
            { name: "shell", test: /\/(shell\/(dom|early|fill|display|fetch_send|captcha_ways)|core\/(api|identity))\.ts$/ },
            { name: "form", test: /\/(core\/typing|portal\/(captcha|password_field|reset_ticket|typing_\w+))\.ts$/ },
          ],
        },
      },
    },
  },
});
