// Why is it so? What administrators ask about features and numbers.   Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/domain/dialing.h"
#include "mailbox/domain/route.h"
#include "mailbox/organisation/model.h"

namespace um::organisation {

/// Whether a mailbox has a feature, and which layer switches it off.
struct FeatureAnswer {
  std::string feature;  ///< "play-on-phone"
  bool on = false;
  std::vector<std::string> off_because;  ///< "UM mailbox policy Staff: allow_play_on_phone"
};
/// @param feature "": all. kNotFound: no such feature.
absl::StatusOr<std::vector<FeatureAnswer>> ExplainFeatures(const Model& model,
                                                           const v1::Mailbox& mailbox,
                                                           const std::string& feature);

/// Whose authorisation a call has: one of both, or neither (a caller who has not signed in).
struct DialingCaller {
  std::string mailbox;
  std::string auto_attendant;
};
/// What becomes of a number that is dialled. kNotFound: the caller does not exist.
absl::StatusOr<domain::DialDecision> TestDialled(const Model& model, const v1::DialPlan& plan,
                                                 const std::string& number,
                                                 const DialingCaller& caller);

/// Whose a calling number or SIP address is, as calls know it.
struct CallingAnswer {
  std::vector<std::string> steps;
  std::string mailbox;  ///< its id; "": nobody's
};
CallingAnswer TestCalling(const domain::Routes& routes, const std::string& dial_plan,
                          const std::string& number);

}  // namespace um::organisation
