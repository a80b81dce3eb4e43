import { start } from "./demo.ts";

start();
