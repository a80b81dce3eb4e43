import { start } from "./demo.ts";
import { en } from "./texts.ts";

start(en);
