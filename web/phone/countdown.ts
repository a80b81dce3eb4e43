// Seconds left, from a deadline, so that a phone that slept tells the truth. Calls back at once and at every change.
export function startCountdown(seconds: number, tell: (left: number) => void): () => void {
  const end = Date.now() + seconds * 1000;
  let told = -1;
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    if (left === told) return;
    told = left;
    if (left === 0) clearInterval(timer);
    tell(left);
  };
  const timer = setInterval(tick, 250);
  tick();
  return () => clearInterval(timer);
}
