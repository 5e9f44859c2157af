#include "mailbox/delivery/simple_html.h"

#include "tests/support/catch.h"

namespace um::delivery {
namespace {

std::string Html(std::string_view text) { return Sanitised(text).html; }
std::string Text(std::string_view text) { return Sanitised(text).text; }

TEST_CASE("plain text stays as it is, line by line") {
  CHECK(Html("Ask R&D if 3 < 4.\nOr call <8000>.\n") ==
        "Ask R&amp;D if 3 &lt; 4.<br>Or call &lt;8000&gt;.");
  CHECK(Text("Ask R&D if 3 < 4.\nOr call <8000>.\n") == "Ask R&D if 3 < 4.\nOr call <8000>.");
  CHECK(Html("").empty());
}

TEST_CASE("simple HTML stays HTML, and can be read without it") {
  const auto [html, text] = Sanitised(
      "<p>Call <b>8000</b> for help.</p><ul><LI class=x>day</li><li>night</ul>"
      "See <a href='https://help.example.com/?a=1&amp;b=2' onclick=\"x()\">the page</a>.<br/>Bye");
  CHECK(html ==
        "<p>Call <b>8000</b> for help.</p><ul><li>day</li><li>night</li></ul>"
        "See <a href=\"https://help.example.com/?a=1&amp;b=2\">the page</a>.<br>Bye");
  CHECK(text ==
        "Call 8000 for help.\n- day\n- night\nSee the page (https://help.example.com/?a=1&b=2).\n"
        "Bye");
  CHECK(Html("Gr&uuml;&szlig;e &#228;&#xE4; &lt;b&gt; R&amp;D<br>") ==
        "Gr&amp;uuml;&amp;szlig;e ää &lt;b&gt; R&amp;D<br>");
}

TEST_CASE("what is open at the end is closed, and what was never open is not") {
  CHECK(Html("<b><i>a</b>b</i></p>") == "<b><i>a</i></b>b");
  CHECK(Html("<ul><li>a") == "<ul><li>a</li></ul>");
  CHECK(Html("<a href=https://x/><a href=https://y/>z</a></a>") == "<a href=\"https://x/\">z</a>");
}

TEST_CASE("nothing in it runs, loads or changes the page around it") {
  CHECK(Html("<script>alert(1)</script>") == "alert(1)");
  CHECK(Html("<img src=x onerror=alert(1)>a") == "a");
  CHECK(Html("<b onmouseover=\"alert('>')\">a</b>") == "<b>a</b>");
  CHECK(Html("<a href=\"javascript:alert(1)\">a</a>") == "a");
  CHECK(Html("<a href=\"java&#115;cript:alert(1)\">a</a>") == "a");
  CHECK(Html("<a href=\"https://x/&quot; onclick=&quot;y\">a</a>").find("onclick=\"") ==
        std::string::npos);
  CHECK(Html("<style>body{display:none}</style></div></body></html>") == "body{display:none}");
  CHECK(Html("<!-- --><b") == "&lt;!-- --&gt;&lt;b");
  CHECK(Html("&lt;script&gt;") == "&lt;script&gt;");
  CHECK(Html("<svg/onload=alert(1)>") == "");
  CHECK(Html("a\x01\xE2\x80\xAE&#8238;&#0;&#1;z").find('\xE2') == std::string::npos);
  CHECK(Html("<b><b href=\"\x80\">\xFF") == "<b><b>\xEF\xBF\xBD</b></b>");
}

TEST_CASE("hostile text of any kind leaves every element closed") {
  const std::string_view parts[] = {"<b>",  "</b>", "<p",    ">",   "<a href=\"tel:1\">",
                                    "</a>", "&#",   "&amp;", "\"",  "'",
                                    "<<",   "x",    "</",    "<li>"};
  uint32_t seed = 7;
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (int n = 0; n < 12; ++n) {
      seed = seed * 1664525 + 1013904223;
      text += parts[(seed >> 16) % std::size(parts)];
    }
    const std::string html = Html(text);
    INFO(text);
    for (const std::string name : {"b", "p", "a", "li"}) {
      const auto count = [&](const std::string& what) {
        int found = 0;
        for (size_t at = 0; (at = html.find(what, at)) != std::string::npos; ++at) ++found;
        return found;
      };
      CHECK(count("<" + name + ">") + count("<" + name + " ") == count("</" + name + ">"));
    }
  }
}

}  // namespace
}  // namespace um::delivery
