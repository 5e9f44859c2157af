// An administrator's text in a user's mail: plain, or simple HTML.   Pure.
#pragma once

#include <string>
#include <string_view>

namespace um::delivery {

struct SimpleHtml {
  std::string html;  ///< part of a page; "" for no text
  std::string text;  ///< the same for readers without HTML
};

/// Keeps a few elements (b, i, u, em, strong, p, br, ul, ol, li, a with a link to http, https,
/// mailto or tel), without their other attributes, each closed where it must be. Other tags are
/// left out, and what is no tag stays as text: whatever was written, nothing of it runs, loads or
/// changes the page around it.
SimpleHtml Sanitised(std::string_view text);

}  // namespace um::delivery
