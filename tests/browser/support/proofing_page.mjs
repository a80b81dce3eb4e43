// The face check on the phone page, the manual's steps 2 to 5.
import { view } from './phone_page.mjs';

export const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

export async function toDeclaration(page) {
  await press(page, '好的，进入刷脸认证');
  await page.locator('#agree').check();
  await press(page, '下一步');
  await press(page, '同意');
  await press(page, '快速验证');
  await page.locator('#in_person').waitFor();
}

// To the page of the simulated provider.
export async function toFacePage(page) {
  await toDeclaration(page);
  await page.locator('#in_person').check();
  await press(page, '开始刷脸认证');
  await page.waitForURL(/\/demo\/face\//);
}

// From the question after the login to home, with level 3.
export async function passFaceCheck(page) {
  await view(page, 'raise');
  await toFacePage(page);
  await press(page, '核验通过');
  await page.getByRole('heading', { name: '核验成功' }).waitFor();
  await press(page, '返回');
  await view(page, 'home');
}
