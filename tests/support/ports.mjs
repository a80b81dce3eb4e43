import net from 'node:net';

// Ports that were free a moment ago. They are held until all are known, so that they differ.
export async function freePorts(count) {
  const holders = await Promise.all(Array.from({ length: count }, () => new Promise((resolve, reject) => {
    const holder = net.createServer().once('error', reject).listen(0, '127.0.0.1', () => resolve(holder));
  })));
  const ports = holders.map((holder) => holder.address().port);
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))));
  return ports;
}
