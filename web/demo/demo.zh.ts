import { start } from "./demo.ts";
import { zh } from "./texts.ts";

start(zh);
