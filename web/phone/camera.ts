// A QR code from the living camera: the browser's own detector where it has one, else jsQR in its own download.

export interface Camera {
  stop: () => void;
}

type Read = (frame: HTMLVideoElement) => Promise<string | null>;

interface Detector {
  detect(frame: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}

const everyMs = 200;
const longestSide = 640;

async function detector(): Promise<Read> {
  const BarcodeDetector = (window as unknown as { BarcodeDetector?: new (wish: object) => Detector }).BarcodeDetector;
  if (BarcodeDetector) {
    const own = new BarcodeDetector({ formats: ["qr_code"] });
    return async (frame) => (await own.detect(frame))[0]?.rawValue ?? null;
  }
  const { default: jsQR } = await import("jsqr");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (frame) => {
    const scale = Math.min(1, longestSide / Math.max(frame.videoWidth, frame.videoHeight));
    canvas.width = Math.round(frame.videoWidth * scale);
    canvas.height = Math.round(frame.videoHeight * scale);
    if (!context || canvas.width === 0) return null;
    context.drawImage(frame, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return jsQR(data, canvas.width, canvas.height, { inversionAttempts: "dontInvert" })?.data ?? null;
  };
}

// Calls `read` for every code seen until stopped. Rejects where there is no camera or it is not allowed.
export async function openCamera(video: HTMLVideoElement, read: (content: string) => void): Promise<Camera> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  let stopped = false;
  const stop = () => {
    stopped = true;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  try {
    const look = await detector();
    video.srcObject = stream;
    await video.play();
    const turn = async () => {
      if (stopped) return;
      const content = await look(video).catch(() => null);
      if (stopped) return;
      if (content) read(content);
      setTimeout(() => void turn(), everyMs);
    };
    void turn();
  } catch (error) {
    stop();
    throw error;
  }
  return { stop };
}
