import { start } from "./phone.ts";

start();
