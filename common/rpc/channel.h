// How our gRPC connections are kept alive: one set of numbers for both ends, so that neither takes
// the other's pings for abuse (GOAWAY "too_many_pings").   Thread: any.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <string>

namespace um::rpc {

/// gRPC would write to standard error in a form of its own; from here on it reports in our log, a
/// few lines a second at most.   Thread: any.
void AdoptLog();

/// A channel to `address` ("192.0.2.11:5070"), not encrypted. It pings every 10 s, takes 5 s of
/// silence after a ping for the connection's end, connects again after 100 ms to 2 s, and never
/// goes through an HTTP proxy of the environment.
std::shared_ptr<grpc::Channel> OpenChannel(const std::string& address);

/// The same on the server's side, and a limit of 4 MB on a message.
void ConfigureServer(grpc::ServerBuilder& builder);

}  // namespace um::rpc
