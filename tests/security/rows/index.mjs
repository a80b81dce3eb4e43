export const sections = [];
