import DefaultTheme from "vitepress/theme-without-fonts";
import "./style.css";

/** VitePress reads its theme from the default export. */
export default DefaultTheme;
