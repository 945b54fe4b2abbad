using Serf.Blackbox.Harness;

namespace Serf.Blackbox;

public sealed class ClearUncompressedLifeTests() : MixedLife(isEncrypted: false, isCompressed: false);
