import { start } from "./face.ts";

start("It did not arrive. Please press again.");
