// A mail as another program reads it.
#pragma once

#include <gmime/gmime.h>

#include <cstdint>
#include <memory>
#include <string>

namespace um::delivery {

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};

class Parsed {
 public:
  explicit Parsed(const std::string& mail);

  // A header's value, decoded; "" if there is none.
  std::string Header(const char* name) const;
  int HeaderCount() const;
  // "name <address>" of the only mailbox there is.
  std::string Mailbox(GMimeAddressType type) const;
  std::string Subject() const;
  std::string MessageId() const;
  // Seconds since 1970.
  int64_t Date() const;
  GMimeObject* Root() const;

  static int Count(GMimeObject* multipart);
  static GMimeObject* Child(GMimeObject* multipart, int i);
  static std::string Type(GMimeObject* part);
  static std::string Content(GMimeObject* part);

 private:
  std::unique_ptr<GMimeMessage, Unref> message_;
};

}  // namespace um::delivery
