// Vega as this report uses it: in one place, because its package has no types and its warnings go to the screen.
import * as vega from 'vega';

export default vega;
