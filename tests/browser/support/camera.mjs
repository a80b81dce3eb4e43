// A camera that sees one picture: Chromium plays a film of one frame as its video device.
import fs from 'node:fs/promises';
import { PNG } from 'pngjs';

const WIDTH = 640;
const HEIGHT = 480;

export function cameraFlags(film) {
  return ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${film}`];
}

// The picture in the middle of a grey wall, as YUV4MPEG2.
export async function writeCameraFilm(film, png) {
  const { data, width, height } = PNG.sync.read(png);
  if (width > WIDTH || height > HEIGHT) throw new Error(`the picture (${width} x ${height}) is larger than the film`);
  const grey = Buffer.alloc(WIDTH * HEIGHT, 160);
  const left = (WIDTH - width) >> 1;
  const top = (HEIGHT - height) >> 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) grey[(top + y) * WIDTH + left + x] = data[(y * width + x) * 4];
  }
  const colours = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`);
  await fs.writeFile(film, Buffer.concat([head, Buffer.from('FRAME\n'), grey, colours]));
}
