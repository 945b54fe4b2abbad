using Serf.Blackbox.Harness;

namespace Serf.Blackbox;

public sealed class SealedUncompressedLifeTests() : MixedLife(isEncrypted: true, isCompressed: false);
